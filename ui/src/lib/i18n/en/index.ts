// Owns the gathering of all English words. Never a word itself.
import { common } from "./common";
import { desk } from "./console";
import { console_codes } from "./console_codes";
import { dossier } from "./dossier";
import { codes } from "./codes";
import { job } from "./job";
import { sign } from "./sign";
import { sync } from "./sync";
import { work } from "./work";
import type { Key } from "../zh";

export const en: Record<Key, string> = { ...common, ...codes, ...job, ...sign, ...sync, ...work, ...desk, ...dossier, ...console_codes };
