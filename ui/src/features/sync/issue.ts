// Owns the facts that an issue's sentence names, and which sentence says what happens next. Never a word: i18n has them.
import type { Facts, Issue } from "$lib/api/bindings";
import { t, words } from "$lib/i18n/i18n.svelte";

export function issueFacts(issue: Issue): Facts {
  return issue.field ? { ...issue.facts, field: issue.field } : issue.facts;
}

/** What is safe, what happens next, what he can do. */
export function issueWay(issue: Issue): string {
  if (issue.code === "late" && issue.facts.now_with) return t("issue_way.late_with", { n: issue.facts.count ?? "", who: issue.facts.now_with });
  return words("issue_way", issue.code, { ...issueFacts(issue), n: issue.facts.count ?? "" });
}
