// Owns the gathering of all Chinese words, and with it the type of every key. Never a word itself.
import type { AnyErrorCode } from "$lib/api/asked";
import type { Refusal } from "$lib/api/desk";
import type { IssueCode, MissingCode } from "$lib/api/bindings";
import { common } from "./common";
import { desk } from "./console";
import { console_codes } from "./console_codes";
import { dossier } from "./dossier";
import { codes } from "./codes";
import { job } from "./job";
import { sign } from "./sign";
import { sync } from "./sync";
import { work } from "./work";

/** Every code that the core can send as a sentence must have one. */
type Sentences = `error.${AnyErrorCode}` | `missing.${MissingCode}` | `issue.${IssueCode}` | `office_error.${Refusal["code"]}` | `why.${IssueCode}` | `why_short.${IssueCode}`;

export const zh = { ...common, ...codes, ...job, ...sign, ...sync, ...work, ...desk, ...dossier, ...console_codes } as const satisfies Record<Sentences, string>;

export type Key = keyof typeof zh;

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
/** The names of the values that a key's text needs; never = none. */
export type Named<K extends Key> = NamesIn<(typeof zh)[K]>;
