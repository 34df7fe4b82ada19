import { defineConfig } from 'vite';

/** `npm run dev` serves the page and asks a running lab (`make up`, or the one at `LAB`) for everything else. */
const lab = process.env.LAB ?? 'http://localhost:3000';

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the Content-Security-Policy allows files of our own origin, no data: scripts
    rollupOptions: { onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning) },
  },
  server: { proxy: { '/api': { target: lab, ws: true } } },
});
