//! Every user action with its name: adding one is a line here and its own file.
//!
//! `device` actions concern this device alone and work before it belongs to anybody; `work` actions become
//! ops. Names and shapes are what the screens send: `bindings` writes them for TypeScript.

use serde::Deserialize;
use ts_rs::TS;

use super::visit::StepAt;
use super::{
    ActionError, Done, ErrorCode, Plan, Scene, Session, charge, commit, device, fault, issue, job, note,
    old_part, part_line, photo, reading, sign_off, undo, visit,
};
use crate::enrolment;
use crate::ports::Ports;
use crate::shut_out::is_shut_out;
use crate::store::Store;

macro_rules! requests {
    (
        device { $($(#[$ddoc:meta])* $dname:literal $dvariant:ident($($dtype:ident)::+),)+ }
        session { $($(#[$sdoc:meta])* $sname:literal $svariant:ident($($stype:ident)::+),)+ }
        work { $($(#[$wdoc:meta])* $wname:literal $wvariant:ident($($wtype:ident)::+) by $wplan:ident,)+ }
    ) => {
        /// One user action.
        #[derive(Debug, Clone, PartialEq, Deserialize, TS)]
        #[serde(tag = "type")]
        pub enum Request {
            $($(#[$ddoc])* #[serde(rename = $dname)] $dvariant($($dtype)::+),)+
            $($(#[$sdoc])* #[serde(rename = $sname)] $svariant($($stype)::+),)+
            $($(#[$wdoc])* #[serde(rename = $wname)] $wvariant($($wtype)::+),)+
        }

        /// Carries out `request`.
        pub(crate) fn execute(
            store: &mut Store,
            ports: &mut Ports,
            session: &mut Session,
            request: Request,
        ) -> Result<Done, ActionError> {
            let request = match request {
                $(Request::$dvariant(request) => return request.run(store, ports),)+
                request => request,
            };
            if is_shut_out(store) {
                return Err(ErrorCode::Revoked.into());
            }
            let owner = enrolment::owner(store).ok_or(ErrorCode::NotEnrolled)?;
            let mut scene = Scene::new(store, ports, &owner);
            let plan = match request {
                $(Request::$svariant(request) => request.plan(&mut scene, session)?,)+
                request => plan(&mut scene, request)?,
            };
            commit(store, ports, session, &owner, plan)
        }

        fn plan(scene: &mut Scene<'_>, request: Request) -> Result<Plan, ActionError> {
            match request {
                $(Request::$wvariant(request) => request.$wplan(scene),)+
                _ => Err(ActionError::internal()),
            }
        }
    };
}

requests! {
    device {
        /// Keeps what is being typed or drawn.
        "draft.save" DraftSave(device::draft::Save),
        /// Forgets it.
        "draft.clear" DraftClear(device::draft::Clear),
        /// Remembers where the person is.
        "place.save" PlaceSave(device::place::SavePlace),
        /// Throws a frozen card away.
        "sign_off.discard" SignOffDiscard(sign_off::discard::Discard),
        /// Hands the device to the customer.
        "sign_off.hand_over" SignOffHandOver(sign_off::hand_over::HandOver),
        /// Takes it back.
        "sign_off.take_back" SignOffTakeBack(sign_off::hand_over::TakeBack),
        /// Language, theme, what goes over which network.
        "settings.set" SettingsSet(device::settings::SetSettings),
    }
    session {
        /// Takes an action back.
        "undo" Undo(undo::UndoRequest),
        /// A photo is coming.
        "photo.begin" PhotoBegin(photo::upload::Begin),
        /// A piece of it.
        "photo.chunk" PhotoChunk(photo::upload::Chunk),
        /// All of it is here: shrink it and keep it.
        "photo.finish" PhotoFinish(photo::finish::Finish),
    }
    work {
        /// 接单.
        "visit.accept" VisitAccept(StepAt) by accept,
        /// 出发.
        "visit.depart" VisitDepart(StepAt) by depart,
        /// 到达.
        "visit.arrive" VisitArrive(StepAt) by arrive,
        /// 开始维修, or going on.
        "visit.work" VisitWork(StepAt) by work,
        /// 暂停.
        "visit.pause" VisitPause(StepAt) by pause,
        /// 离场.
        "visit.leave" VisitLeave(StepAt) by leave,
        /// 返程结束.
        "visit.back" VisitBack(StepAt) by back,
        /// Strikes a step out.
        "visit.void_step" VisitVoidStep(visit::void_step::VoidStep) by plan,
        /// 申请改派.
        "visit.ask_reassign" VisitAskReassign(visit::ask_reassign::AskReassign) by plan,
        /// Opens the next visit.
        "visit.open" VisitOpen(visit::open::OpenVisit) by plan,
        /// A walk-up job.
        "job.create" JobCreate(job::create::CreateJob) by plan,
        /// 修改申请: another value for what belongs to the office.
        "job.propose" JobPropose(job::propose::Propose) by plan,
        /// Takes it back before the office has decided.
        "job.withdraw" JobWithdraw(job::withdraw::Withdraw) by plan,
        /// A new card is to amend the sealed one.
        "sign_off.amend" SignOffAmend(sign_off::amend::Amend) by plan,
        /// Freezes the text of a card.
        "sign_off.prepare" SignOffPrepare(sign_off::prepare::Prepare) by plan,
        /// Seals it.
        "sign_off.confirm" SignOffConfirm(sign_off::confirm::Confirm) by plan,
        /// The job waits.
        "job.wait" JobWait(job::step::Wait) by plan,
        /// It goes on.
        "job.resume" JobResume(job::step::Resume) by plan,
        /// 未修复.
        "job.not_repaired" JobNotRepaired(job::step::NotRepaired) by plan,
        /// What a meter shows.
        "reading.set" ReadingSet(reading::set::SetReading) by plan,
        /// Why there is no value.
        "reading.set_missing" ReadingSetMissing(reading::set::SetMissing) by plan,
        /// A meter was replaced.
        "reading.replace_meter" ReadingReplaceMeter(reading::replace_meter::ReplaceMeter) by plan,
        /// Strikes a reading out.
        "reading.void" ReadingVoid(reading::void::VoidReading) by plan,
        /// One of the technician's texts.
        "fault.set" FaultSet(fault::set::SetFault) by plan,
        /// One more fault.
        "fault.add" FaultAdd(fault::add::AddFault) by plan,
        /// A fault of the catalogue.
        "fault.take" FaultTake(fault::take::TakeFault) by plan,
        /// Which fault is the main one.
        "fault.set_main" FaultSetMain(fault::set_main::SetMain) by plan,
        /// Strikes a fault out.
        "fault.void" FaultVoid(fault::void::VoidFault) by plan,
        /// A note.
        "note.add" NoteAdd(note::add::AddNote) by plan,
        /// Strikes a note out.
        "note.void" NoteVoid(note::void::VoidNote) by plan,
        /// A replacement.
        "part_line.add" PartLineAdd(part_line::add::AddLine) by plan,
        /// How many.
        "part_line.set_quantity" PartLineSetQuantity(part_line::set_quantity::SetQuantity) by plan,
        /// Where the new part came from.
        "part_line.set_source" PartLineSetSource(part_line::set_source::SetSource) by plan,
        /// Who pays.
        "part_line.set_payer" PartLineSetPayer(part_line::set_payer::SetPayer) by plan,
        /// Whether it is the main fault part.
        "part_line.set_main_fault" PartLineSetMainFault(part_line::set_main_fault::SetMainFault) by plan,
        /// Whether a part went in.
        "part_line.set_fitted" PartLineSetFitted(part_line::sides::SetFitted) by plan,
        /// Whether a part came out.
        "part_line.set_removed" PartLineSetRemoved(part_line::sides::SetRemoved) by plan,
        /// Why one side is empty.
        "part_line.set_one_sided" PartLineSetOneSided(part_line::sides::SetOneSided) by plan,
        /// Serial number of the part that went in.
        "part_line.set_serial" PartLineSetSerial(part_line::set_serial::SetSerial) by plan,
        /// Strikes a line out, with its old part.
        "part_line.void" PartLineVoid(part_line::void::VoidLine) by plan,
        /// Serial number of the part that came out.
        "old_part.set_serial" OldPartSetSerial(old_part::set_serial::SetSerial) by plan,
        /// What it looks like.
        "old_part.set_note" OldPartSetNote(old_part::set_note::SetNote) by plan,
        /// What becomes of it.
        "old_part.set_disposition" OldPartSetDisposition(old_part::set_disposition::SetDisposition) by plan,
        /// Its tag is lost: a new one.
        "old_part.retag" OldPartRetag(old_part::retag::Retag) by plan,
        /// A line of cost.
        "charge.add" ChargeAdd(charge::add::AddCharge) by plan,
        /// The payer agreed to it.
        "charge.agree" ChargeAgree(charge::agree::AgreeCharge) by plan,
        /// Strikes a charge out.
        "charge.void" ChargeVoid(charge::void::VoidCharge) by plan,
        /// Settles what needs him.
        "issue.act" IssueAct(issue::act::ActOnIssue) by plan,
        /// Strikes a photo out.
        "photo.void" PhotoVoid(photo::void::VoidPhoto) by plan,
    }
}
