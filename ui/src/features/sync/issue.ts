// Owns the facts that an issue's sentence names. Never the sentence: i18n has it.
import type { Facts, Issue } from "$lib/api/bindings";

export function issueFacts(issue: Issue): Facts {
  return issue.field ? { ...issue.facts, field: issue.field } : issue.facts;
}
