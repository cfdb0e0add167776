// Owns the one interface between the console's screens and the server: a method a call, in the words of the
// office. Never knows a transport: http and the fake implement it.
import type { WireErrorCode } from "./asked";
import type {
  AddUserRequest, AssignRequest, CardView, CreateJobRequest, CustomersView, DecideRequest, DevicesView, EnrolCodeView, ExceptionsView,
  HistoryView, JobMade, JobsQuery, JobsView, JobView, MachinesView, Me, PasswordMade, RoleAt, UserMade, UsersView,
} from "./office";

/** A refused call, as the server says it. */
export type Refusal = { code: WireErrorCode | "not_found" | "invalid_value" | "too_large" | "disk_full" | "internal"; detail?: string | null; retry_after?: number | null };

export interface Office {
  login(login: string, password: string): Promise<Me>;
  logout(): Promise<void>;
  me(): Promise<Me>;
  changePassword(old: string, next: string): Promise<void>;
  jobs(query: Partial<JobsQuery>): Promise<JobsView>;
  /** Where a list lies as a CSV file, with the same filters. */
  file(list: "jobs" | "devices" | "exceptions" | "users", query: Partial<JobsQuery>): string;
  createJob(request: Partial<CreateJobRequest>): Promise<JobMade>;
  customers(words: string): Promise<CustomersView>;
  machines(words: string, customer?: string): Promise<MachinesView>;
  job(job: string): Promise<JobView>;
  history(job: string): Promise<HistoryView>;
  assign(job: string, request: Partial<AssignRequest>): Promise<void>;
  cancel(job: string, note: string): Promise<void>;
  card(job: string, card: string): Promise<CardView>;
  /** Where the card's own bytes lie. */
  cardFile(job: string, card: string): string;
  /** Where the bytes of a photo lie. */
  photo(job: string, sha256: string): string;
  exceptions(): Promise<ExceptionsView>;
  /** Ends one: the value at `take` holds from now on; without it, what stands stays. */
  decide(exception: string, request: Partial<DecideRequest>): Promise<void>;
  devices(): Promise<DevicesView>;
  enrolCode(user: string): Promise<EnrolCodeView>;
  keyCode(device: string): Promise<EnrolCodeView>;
  confirmDevice(device: string, digits: string): Promise<void>;
  revokeDevice(device: string): Promise<void>;
  users(): Promise<UsersView>;
  addUser(request: AddUserRequest): Promise<UserMade>;
  setRoles(user: string, roles: RoleAt[]): Promise<void>;
  disableUser(user: string): Promise<void>;
  enableUser(user: string): Promise<void>;
  resetPassword(user: string): Promise<PasswordMade>;
}

/** Whatever was thrown, as the one refusal that screens know. */
export function asRefusal(thrown: unknown): Refusal {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string") return thrown as Refusal;
  return { code: "internal" };
}
