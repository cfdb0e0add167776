// Owns what screens may ask and be answered: the core's requests, the shell's own (network,
// files), and the codes of the wire that a shell passes on. Never behaviour.
import type { Done as CoreDone, ErrorCode, Request as CoreRequest } from "./bindings";

/** What the shell does beside the core: it holds the network and the folder for files. */
export type ShellRequest =
  | { type: "enrol.begin"; address: string; code: string; label?: string }
  | { type: "enrol.cancel" }
  | { type: "sync.now" }
  | { type: "sync.export_unsent" }
  | { type: "sync.export_drafts" }
  | { type: "sync.export_diagnostics" };

export type Request = CoreRequest | ShellRequest;
export type Done = CoreDone;

/** Codes of `schema/src/wire/error.rs` that the core has not. */
export type WireErrorCode =
  | "malformed" | "proto_too_old" | "proto_too_new" | "unauthorised" | "unconfirmed" | "forbidden"
  | "code_wrong" | "code_used" | "code_expired" | "nonce_stale" | "bad_signature" | "bad_digest" | "stale"
  | "wrong_password" | "rate_limited" | "busy" | "unreachable";
export type AnyErrorCode = ErrorCode | WireErrorCode;
