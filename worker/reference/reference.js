// Draws this server's own OpenAPI file. Nothing comes from or goes to another host; the page's policy holds the viewer to it.
import { createApiReference } from './scalar/standalone.esm.js'

createApiReference('#reference', {
  url: '/api/v1/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
})
