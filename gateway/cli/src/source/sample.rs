//! `stile source sample`: what the mapped columns hold, in counts and shapes.

use serde_json::json;
use stile_sources::ColumnSample;

use crate::config::AgencyConfig;
use crate::output::{self, line};
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When a source does not answer or cannot be read as it is mapped.
pub async fn run(config: &AgencyConfig, json: bool) -> Result<(), Failure> {
    let mut all = Vec::new();
    for source in super::connected(config).await? {
        let samples = source.sample().await?;
        if json {
            let columns: Vec<_> = samples.iter().map(as_json).collect();
            all.push(json!({ "source": source.name(), "columns": columns }));
        } else {
            line(format_args!("{} ({})", source.name(), source.system()));
            for sample in &samples {
                line(format_args!("  {}", told(sample)));
            }
        }
    }
    if json {
        output::json(&all);
    }
    Ok(())
}

fn as_json(sample: &ColumnSample) -> serde_json::Value {
    let looks = sample.looks.iter();
    let looks: serde_json::Map<_, _> = looks
        .map(|(look, count)| (look.as_str().to_owned(), (*count).into()))
        .collect();
    json!({
        "meaning": sample.meaning, "table": sample.table, "column": sample.column,
        "rows": sample.rows, "empty": sample.empty, "unfit": sample.unfit, "looks": looks,
        "longest_bytes": sample.longest,
    })
}

/// One line of a column.
fn told(sample: &ColumnSample) -> String {
    let looks = sample.looks.iter();
    let looks: Vec<_> = looks
        .map(|(look, count)| format!("{count} {}", look.as_str()))
        .collect();
    let looks = if looks.is_empty() {
        "nothing held".to_owned()
    } else {
        format!("{}, up to {} bytes", looks.join(", "), sample.longest)
    };
    let unfit = match sample.unfit {
        0 => String::new(),
        unfit => format!("; MEND: {unfit} do not fit"),
    };
    format!(
        "{:<44} {}.{}: {} rows, {} empty; {looks}{unfit}",
        sample.meaning, sample.table, sample.column, sample.rows, sample.empty
    )
}

#[cfg(test)]
mod tests {
    use stile_sources::Look;

    use super::*;

    #[test]
    fn tells_counts_and_shapes_of_a_column() {
        let mut sample = ColumnSample {
            meaning: "person.dob".into(),
            table: "person".into(),
            column: "dob".into(),
            rows: 200,
            empty: 3,
            unfit: 4,
            looks: vec![(Look::Date, 193), (Look::Words, 4)],
            longest: 20,
        };

        assert!(told(&sample).ends_with(
            "person.dob: 200 rows, 3 empty; 193 date, 4 words, up to 20 bytes; MEND: 4 do not fit"
        ));
        sample.unfit = 0;
        assert!(!told(&sample).contains("MEND"));
        assert_eq!(as_json(&sample)["looks"]["date"], 193);
    }
}
