// Owns the build: one folder per entry point (dist/app, dist/console), plain files, no inline script (CSP).
// Never differs by machine; mode "fake" swaps the transport for the fake backend.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string) => new URL(path, import.meta.url).pathname;

/** The build of one entry point. */
export const entry = (name: "app" | "console") => defineConfig(({ mode }) => ({
  root: here(`./${name}`),
  base: "./",
  plugins: [svelte({ configFile: here("./svelte.config.js") })],
  resolve: {
    alias: { $lib: here("./src/lib"), $features: here("./src/features") },
    // Svelte's client, not its server, under vitest.
    ...(mode === "test" ? { conditions: ["browser"] } : {}),
  },
  // Tests hold screens against the tables that lie beside this folder.
  server: { fs: { allow: [here("..")] } },
  build: {
    outDir: here(mode === "fake" ? `./dist-fake/${name}` : `./dist/${name}`),
    emptyOutDir: true,
    target: ["chrome87", "safari14"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: {
    root: here("."),
    include: ["src/**/*.test.ts", "app/**/*.test.ts", "console/**/*.test.ts"],
    environment: "jsdom",
    env: { TZ: "Asia/Shanghai" },
  },
}));

export default entry("app");
