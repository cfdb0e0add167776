//! Test of both machines against the tables written by hand: every role × state × step.

use std::collections::BTreeMap;

use super::code::Code;
use super::fold::{Step, may, next};
use super::role::{Role, Roles};

/// `(from, step)` → what the table says: to, roles, forgotten.
type Table<S> = BTreeMap<(<S as Step>::State, S), (<S as Step>::State, Roles, Vec<S>)>;

fn read<S: Step>(text: &str) -> Table<S> {
    let mut table = Table::<S>::new();
    for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
        let [from, step, to, roles, forgotten]: [String; 5] = row.unwrap();
        let words =
            |text: &str| text.split('|').filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let roles: Vec<Role> = words(&roles).iter().map(|role| Role::from_code(role).unwrap()).collect();
        let forgotten = words(&forgotten).iter().map(|step| S::from_code(step).unwrap()).collect();
        let key = (S::State::from_code(&from).unwrap(), S::from_code(&step).unwrap());
        let said = (S::State::from_code(&to).unwrap(), Roles::of(&roles), forgotten);
        assert_eq!(table.insert(key, said), None, "{from} {step} stands twice");
    }
    table
}

fn agrees_with<S: Step>(text: &str) {
    let table = read::<S>(text);
    for state in S::State::ALL {
        for step in S::ALL {
            let said = table.get(&(*state, *step));
            assert_eq!(next(*state, *step), said.map(|(to, ..)| *to), "{state:?} {step:?}");
            let forgotten = step.rule(*state).map(|way| way.forgotten.to_vec());
            assert_eq!(forgotten, said.map(|(.., forgotten)| forgotten.clone()), "{state:?} {step:?}");
            for role in Role::ALL {
                let allowed = said.is_some_and(|(_, roles, _)| roles.contains(*role));
                assert_eq!(may(*role, *state, *step), allowed, "{role:?} {state:?} {step:?}");
            }
        }
    }
}

#[test]
fn a_job_moves_as_the_table_says_and_in_no_other_way() {
    agrees_with::<super::job_state::JobStep>(include_str!("../../tables/job_transitions.csv"));
}

#[test]
fn a_visit_moves_as_the_table_says_and_in_no_other_way() {
    agrees_with::<super::visit_state::VisitStep>(include_str!("../../tables/visit_transitions.csv"));
}
