//! Gates and required rows as they are typed, held against a report, and reported where they do not hold.

use super::output::Messages;
use crate::report::{Gate, GateFacts, GateNames, GateResult, NotRight, Required};
use anyhow::bail;

/// Parse gates before anything is sent.
pub fn parse_gates(gates: &[String]) -> anyhow::Result<Vec<Gate>> {
    Ok(gates
        .iter()
        .map(|g| Gate::parse(g))
        .collect::<Result<_, _>>()?)
}

/// Whether what gates name is there.
pub(super) fn check_names(gates: &[Gate], known: &GateNames) -> anyhow::Result<()> {
    Ok(gates.iter().try_for_each(|gate| gate.check_names(known))?)
}

/// Whether all gates hold and all required rows are right; says of each that does not by how much.
pub(super) fn report_gate_failures(
    messages: &Messages,
    held: &[GateResult],
    wrong: &[NotRight],
) -> bool {
    for at in wrong {
        messages.error(&format!(
            "required row not correct: {} ({})",
            at.rows.join(", "),
            at.place
        ));
    }
    for gate in held.iter().filter(|h| !h.holds) {
        let at = if gate.place.is_empty() {
            String::new()
        } else {
            format!(" ({})", gate.place)
        };
        messages.error(&format!(
            "the gate {} does not hold: {}{at}",
            gate.gate, gate.values
        ));
    }
    held.iter().all(|h| h.holds) && wrong.is_empty()
}

/// Rows that must be right, as typed: ids, several with commas between.
pub(super) fn required(typed: &[String]) -> Required {
    match typed {
        [] => Required::All,
        ids => Required::Some(ids.to_vec()),
    }
}

/// An error where a row that must be right is not there.
pub(super) fn check_required(
    required: &Required,
    there: impl FnMut(&str) -> bool,
) -> anyhow::Result<()> {
    match required.absent(there).as_slice() {
        [] => Ok(()),
        absent => bail!(
            "--require: no row {} (or it has no answer)",
            absent.join(", ")
        ),
    }
}

/// Hold gates against what is known, which is asked for where there is a gate: it takes longer than all else in a report.
pub(super) fn check_gates<'a>(
    gates: &[Gate],
    facts: impl FnOnce() -> GateFacts<'a>,
) -> anyhow::Result<Vec<GateResult>> {
    let mut all = Vec::new();
    if gates.is_empty() {
        return Ok(all);
    }
    let facts = facts();
    for gate in gates {
        all.extend(gate.check(&facts)?);
    }
    Ok(all)
}
