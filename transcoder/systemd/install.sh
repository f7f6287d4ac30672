#!/bin/bash
# Makes this host a transcoder: run as root from a clone of the repository. Safe to run again; that is also how to upgrade.
#   transcoder/systemd/install.sh https://avocet.example.workers.dev
# The first time, fill in /etc/avocet/transcoder.env as told, then: systemctl enable --now avocet-transcoder
set -euo pipefail

readonly HOME_DIR=/opt/avocet
readonly SETTINGS=/etc/avocet/transcoder.env
readonly SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
  echo "install: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail 'run as root'
command -v systemctl >/dev/null || fail 'this host has no systemd'
command -v npx >/dev/null || fail 'install Node 20 or newer with npm first'
node -e 'process.exit(+(parseInt(process.versions.node) < 20))' || fail "Node 20 or newer is needed; this is $(node --version)"

missing=()
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
command -v bwrap >/dev/null || missing+=(bubblewrap)
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "install ${missing[*]} first"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
if [ -e /dev/nvidiactl ] && ! ffmpeg -hide_banner -encoders 2>/dev/null | grep -q h264_nvenc; then
  echo 'install: this ffmpeg has no h264_nvenc: the host will encode with x264' >&2
fi
for group in video render; do getent group "$group" >/dev/null || groupadd --system "$group"; done

# Only what the daemon needs: its packages, ours, and the Node it is tested on.
install -d -m 0755 "$HOME_DIR"
if [ "$SOURCE" != "$HOME_DIR" ]; then
  git -c safe.directory="$SOURCE" -C "$SOURCE" archive HEAD | tar -x -C "$HOME_DIR"
fi
(cd "$HOME_DIR" && CI=true npx -y pnpm@10 install --frozen-lockfile --filter avocet --filter '@avocet/transcoder...')

install -d -m 0700 "$(dirname "$SETTINGS")"
first=no
if [ ! -e "$SETTINGS" ]; then
  first=yes
  install -m 0600 "$HOME_DIR/transcoder/systemd/transcoder.env.example" "$SETTINGS"
  [ $# -eq 0 ] || sed -i "s|^AVOCET_URL=.*|AVOCET_URL=$1|" "$SETTINGS"
fi
install -m 0644 "$HOME_DIR/transcoder/systemd/avocet-transcoder.service" /etc/systemd/system/avocet-transcoder.service
# doctor, status and drain, with this host's settings.
install -m 0755 /dev/stdin /usr/local/bin/avocet-transcoder <<'COMMAND'
#!/bin/sh
# Not read by the shell: values are no shell words.
settings=/etc/avocet/transcoder.env
[ -r "$settings" ] || { echo "avocet-transcoder: $settings is root's; use sudo" >&2; exit 77; }
exec /opt/avocet/node_modules/node/bin/node --env-file="$settings" /opt/avocet/transcoder/src/main.ts "$@"
COMMAND
systemctl daemon-reload

if [ "$first" = yes ]; then
  echo "install: fill in $SETTINGS (enrolment code, bucket keys), then: systemctl enable --now avocet-transcoder"
else
  systemctl try-restart avocet-transcoder
  echo 'install: upgraded'
fi
