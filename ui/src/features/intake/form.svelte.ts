// Owns what was typed into a new job, and what it asks of the server. Never sends: the screen does.
import type { ContactRole, JobType, Payer, Priority, ServiceMode } from "$lib/api/bindings";
import type { CreateJobRequest, CustomerView, MachineView } from "$lib/api/office";
import { fromPicker, type Zone } from "$lib/office/times";

export class Form {
  customer = $state.raw<CustomerView | null>(null);
  machine = $state.raw<MachineView | null>(null);
  /** Not in the archive: typed. */
  byHand = $state(false);
  customerName = $state("");
  serial = $state("");
  model = $state("");
  contactName = $state("");
  contactRole = $state<ContactRole | "">("");
  contactPhone = $state("");
  site = $state("");
  report = $state("");
  type = $state<JobType>("repair");
  mode = $state<ServiceMode>("passive");
  priority = $state<Priority>("normal");
  payer = $state<Payer | "">("");
  meter = $state("");
  from = $state("");
  to = $state("");
  due = $state("");
  lead = $state("");

  get knowsCustomer(): boolean {
    return this.byHand ? this.customerName.trim() !== "" : this.customer !== null || (this.machine !== null && this.machine.customer !== null);
  }

  timesFit(me: Zone): boolean {
    const [from, to] = [fromPicker(me, this.from), fromPicker(me, this.to)];
    return from === null || to === null || from <= to;
  }

  /** A machine brings its customer and where it stands. */
  take(machine: MachineView | null): void {
    this.machine = machine;
    if (machine?.site) this.site = machine.site;
  }

  request(me: Zone): Partial<CreateJobRequest> {
    const text = (value: string) => value.trim() || undefined;
    const at = (value: string) => fromPicker(me, value) ?? undefined;
    const who = this.byHand
      ? { customer_name: text(this.customerName), machine_serial: text(this.serial), machine_model: text(this.model) }
      : { customer: this.customer?.customer ?? this.machine?.customer ?? undefined, machine: this.machine?.machine ?? undefined };
    const asked = {
      ...who, type: this.type, mode: this.mode, priority: this.priority, payer_hint: this.payer || undefined,
      contact_name: text(this.contactName), contact_role: this.contactRole || undefined, contact_phone: this.contactPhone.replace(/\s/g, "") || undefined,
      site: text(this.site), report: text(this.report), report_meter: text(this.meter),
      plan_from: at(this.from), plan_to: at(this.to), due: at(this.due), assignee: this.lead || undefined,
    };
    return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Partial<CreateJobRequest>;
  }
}
