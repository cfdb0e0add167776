// Owns the build of the office console. Never more than its name: vite.config.ts has the rest.
import { entry } from "./vite.config.ts";

export default entry("console");
