//! What gates on a run are held against.

use super::{
    BreakdownNames, GateFacts, ModelFacts, RunReport,
    findings_json::findings,
    gate::NOT_COMPARABLE,
    json::head,
    json_parts::{difference_facts, put},
    variants_json::variants,
};
use crate::{
    analysis::analyse,
    model::{SliceColumn, VariantNames},
    narrate::{not_comparable, verdict::not_compared},
};

/// What gates on a run are held against.
pub fn run_facts(report: &RunReport) -> GateFacts<'_> {
    let n = report.info.variants.len();
    let mut of_variants = variants(report).into_iter();
    let models = report.models.iter().map(|part| ModelFacts {
        name: part.model.to_string(),
        variants: of_variants.by_ref().take(n).collect(),
        cut: (part.analysis.variants.iter())
            .map(|f| (f.truncation.is_excessive).then(|| not_comparable(&f.truncation)))
            .collect(),
        findings: findings(report, part),
        difference: Box::new(move |after, before| {
            let again;
            let found = if before == report.info.baseline {
                &part.analysis
            } else {
                let mut spec = RunReport::analysis_spec(&report.info);
                spec.baseline = before;
                again = analyse(&part.grid, &spec);
                &again
            };
            let finding = found.variants.get(after)?;
            let mut facts = difference_facts(finding.difference.as_ref()?);
            if let Some(map) = facts.as_object_mut() {
                put(map, NOT_COMPARABLE, not_compared(finding));
            }
            Some(facts)
        }),
        breakdown: Some(&part.breakdown),
    });
    let others: Vec<(usize, usize)> = (0..n)
        .filter(|v| *v != report.info.baseline)
        .map(|v| (v, report.info.baseline))
        .collect();
    GateFacts {
        variants: VariantNames::new(&report.info.variants).aliases(report.info.baseline),
        baseline: report.info.baseline,
        pairs: if others.len() == 1 {
            others
        } else {
            Vec::new()
        },
        models: models.collect(),
        whole: head(report),
        counts: &[],
        breakdown: Some(BreakdownNames {
            labels: report.info.labels.clone(),
            slices: report
                .info
                .slices
                .iter()
                .map(SliceColumn::named_values)
                .collect(),
            metrics: report.info.metrics.clone(),
        }),
    }
}
