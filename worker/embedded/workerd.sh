#!/bin/sh
# Starts workerd so that the kernel ends it with the server, even one that was killed: an orphan would keep the database open.
# Linux only; elsewhere a killed server leaves workerd behind.
if command -v setpriv >/dev/null 2>&1; then
  exec setpriv --pdeathsig KILL -- "$AVOCET_WORKERD" "$@"
fi
exec "$AVOCET_WORKERD" "$@"
