/* Shows this server's own OpenAPI file; nothing is fetched from anywhere else. */
Scalar.createApiReference('#reference', { url: '/api/v1/openapi.json', withDefaultFonts: false, telemetry: false, hideClientButton: true })
