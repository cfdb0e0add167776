// Owns the build: one folder per entry point (dist/app), plain files, no inline script (CSP).
// Never differs by machine; mode "fake" swaps the bridge for the fake backend.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig(({ mode }) => ({
  root: here("./app"),
  base: "./",
  plugins: [svelte({ configFile: here("./svelte.config.js") })],
  resolve: {
    alias: { $lib: here("./src/lib"), $features: here("./src/features") },
    // Svelte's client, not its server, under vitest.
    ...(mode === "test" ? { conditions: ["browser"] } : {}),
  },
  build: {
    outDir: here(mode === "fake" ? "./dist-fake/app" : "./dist/app"),
    emptyOutDir: true,
    target: ["chrome87", "safari14"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: {
    root: here("."),
    include: ["src/**/*.test.ts", "app/**/*.test.ts"],
    environment: "jsdom",
    env: { TZ: "Asia/Shanghai" },
  },
}));
