// Owns the facts that an issue's sentence names, and which sentence says what happens next. Never a word: i18n has them.
import type { Facts, Issue } from "$lib/api/bindings";
import { words } from "$lib/i18n/i18n.svelte";

export function issueFacts(issue: Issue): Facts {
  return issue.field ? { ...issue.facts, field: issue.field } : issue.facts;
}

/** What is safe, what happens next, what he can do. */
export function issueWay(issue: Issue): string {
  return words("issue_way", issue.code, issueFacts(issue));
}
