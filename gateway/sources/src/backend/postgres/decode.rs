//! Results in the binary format, by type.

use std::error::Error;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Kind, Type};

use super::super::Shape;
use crate::value::Cell;

/// Bytes of a value, or none, and its type.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The cells of a row.
pub(super) fn row(row: &Row, max_bytes: usize) -> Vec<Cell> {
    row.columns()
        .iter()
        .enumerate()
        .map(|(place, column)| match row.try_get::<_, Raw<'_>>(place) {
            Ok(Raw(None)) => Cell::Null,
            Ok(Raw(Some(raw))) => cell(column.type_(), raw, max_bytes),
            Err(_) => Cell::Unreadable,
        })
        .collect()
}

fn cell(ty: &Type, raw: &[u8], max_bytes: usize) -> Cell {
    match ty.kind() {
        Kind::Domain(inner) => return cell(inner, raw, max_bytes),
        Kind::Enum(_) => return Cell::bounded(raw, max_bytes),
        _ => {}
    }
    let read = match *ty {
        Type::BOOL => bool::from_sql(ty, raw).ok().map(Cell::Flag),
        Type::INT2 => number(i16::from_sql(ty, raw).ok()),
        Type::INT4 => number(i32::from_sql(ty, raw).ok()),
        Type::INT8 => number(i64::from_sql(ty, raw).ok()),
        Type::FLOAT4 => number(f32::from_sql(ty, raw).ok().filter(|n| n.is_finite())),
        Type::FLOAT8 => number(f64::from_sql(ty, raw).ok().filter(|n| n.is_finite())),
        Type::NUMERIC => numeric(raw).map(Cell::Number),
        Type::DATE => Date::from_sql(ty, raw).ok().map(Cell::Date),
        Type::TIMESTAMP => DateTime::from_sql(ty, raw)
            .ok()
            .map(|at| Cell::Date(at.date())),
        Type::TIMESTAMPTZ => Timestamp::from_sql(ty, raw)
            .ok()
            .map(|at| Cell::Date(at.to_zoned(TimeZone::UTC).date())),
        Type::UUID => uuid(raw).map(Cell::Text),
        _ if is_text(ty) => Some(Cell::bounded(raw, max_bytes)),
        _ => None,
    };
    read.unwrap_or(Cell::Unreadable)
}

fn is_text(ty: &Type) -> bool {
    matches!(
        *ty,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN
    ) || ty.name() == "citext"
}

fn number(value: Option<impl ToString>) -> Option<Cell> {
    value.map(|value| Cell::Number(value.to_string()))
}

fn uuid(raw: &[u8]) -> Option<String> {
    let hex = joined(raw.iter().map(|byte| format!("{byte:02x}")));
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part));
    let parts: Option<Vec<_>> = parts.into_iter().collect();
    parts.map(|parts| parts.join("-"))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

/// The binary `numeric`: counts, weight, sign and scale, then digits of base 10,000.
fn numeric(raw: &[u8]) -> Option<String> {
    let mut words = raw
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok())
        .map(u16::from_be_bytes);
    let (count, weight, sign, scale) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let weight = i32::from(i16::from_be_bytes(weight.to_be_bytes()));
    let mark = match sign {
        0x0000 => "",
        0x4000 => "-",
        // Not a number, or infinite.
        _ => return None,
    };
    let digits: Vec<u16> = words.take(usize::from(count)).collect();
    // The place of each base-10,000 digit, from the first to the last that is shown.
    let at = |place: i32| {
        let index = usize::try_from(weight - place).ok();
        index
            .and_then(|index| digits.get(index))
            .copied()
            .unwrap_or(0)
    };
    let whole = joined(
        (0..=weight.max(0))
            .rev()
            .map(|place| format!("{:04}", at(place))),
    );
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if scale == 0 {
        return Some(format!("{mark}{whole}"));
    }
    let places = i32::from(scale.div_ceil(4));
    let fraction = joined((1..=places).map(|place| format!("{:04}", at(-place))));
    Some(format!(
        "{mark}{whole}.{}",
        fraction.get(..usize::from(scale))?
    ))
}

/// What a column of this type can hold.
pub(super) fn shape(ty: &Type) -> Shape {
    match ty.kind() {
        Kind::Domain(inner) => return shape(inner),
        Kind::Enum(_) => return Shape::Text,
        _ => {}
    }
    match *ty {
        Type::BOOL => Shape::Flag,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => {
            Shape::Number
        }
        Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ => Shape::Date,
        Type::UUID => Shape::Text,
        _ if is_text(ty) => Shape::Text,
        _ => Shape::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let count = u16::try_from(digits.len()).unwrap();
        let weight = u16::from_be_bytes(weight.to_be_bytes());
        [count, weight, sign, scale]
            .iter()
            .chain(digits)
            .flat_map(|word| word.to_be_bytes())
            .collect()
    }

    #[test]
    fn numeric_is_exact() {
        assert_eq!(numeric(&encoded(0, 0, 0, &[12])).unwrap(), "12");
        assert_eq!(
            numeric(&encoded(1, 0x4000, 2, &[1, 2345, 6700])).unwrap(),
            "-12345.67"
        );
        assert_eq!(numeric(&encoded(-1, 0, 5, &[12, 3000])).unwrap(), "0.00123");
        assert_eq!(numeric(&encoded(0, 0, 0, &[])).unwrap(), "0");
        assert_eq!(numeric(&encoded(2, 0, 0, &[1])).unwrap(), "100000000");
    }

    #[test]
    fn rejects_numbers_that_are_none() {
        assert_eq!(numeric(&encoded(0, 0xC000, 0, &[])), None);
        assert_eq!(numeric(&[0, 1]), None);
    }
}
