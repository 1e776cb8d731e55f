//! Results as text.

use futures::TryStreamExt;
use skep::{OutputColumn, Session, SkepError};
use skep_udf::text::{TextFormatter, TextStyle};

use crate::Result;

/// A row: the text of each value, `None` for NULL.
pub type Row = Vec<Option<String>>;

/// Runs a query to its end and gives its columns and rows.
///
/// # Errors
/// Those of the query, as Skep shows them.
pub async fn query(session: &mut Session, text: &str) -> Result<(Vec<OutputColumn>, Vec<Row>)> {
    let outcome = session.execute(text).await.map_err(|error| error.render(text))?;
    let batches: Vec<_> = outcome.rows.try_collect().await.map_err(|error| SkepError::from(error).render(text))?;
    let style = TextStyle::cli(session.config().arrow_time_zone()?);
    let mut rows = Vec::new();
    for batch in &batches {
        let columns = batch.columns().iter().map(|column| TextFormatter::new(column.as_ref(), style));
        let columns = columns.collect::<std::result::Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let value = |column: &TextFormatter| {
                let mut text = String::new();
                (!column.is_null(row)).then(|| {
                    column.write(row, &mut text);
                    text
                })
            };
            rows.push(columns.iter().map(value).collect());
        }
    }
    Ok((outcome.columns, rows))
}

/// Runs a query to its end and gives the number of its rows, without making text of them.
///
/// # Errors
/// Those of the query, as Skep shows them.
pub async fn count(session: &mut Session, text: &str) -> Result<usize> {
    let outcome = session.execute(text).await.map_err(|error| error.render(text))?;
    let batches: Vec<_> = outcome.rows.try_collect().await.map_err(|error| SkepError::from(error).render(text))?;
    Ok(batches.iter().map(|batch| batch.num_rows()).sum())
}
