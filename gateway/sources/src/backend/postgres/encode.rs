//! Parameters as text, which the server reads by the type of the column they are compared with.
//!
//! A value that its type could not hold equals nothing there: it is left out of a list, or sent as
//! null, so that odd input finds nothing instead of making an error.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::query::Param;
use crate::value::is_decimal;

impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹redacted›")
    }
}

impl ToSql for Param {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::List(values) => {
                let element = match ty.kind() {
                    Kind::Array(element) => element,
                    _ => ty,
                };
                out.extend_from_slice(array(values, element).as_bytes());
                Ok(IsNull::No)
            }
            Self::Text(value) if fits(value, ty) => {
                out.extend_from_slice(value.as_bytes());
                Ok(IsNull::No)
            }
            Self::Text(_) => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// An array literal of the values that fit.
fn array(values: &[String], element: &Type) -> String {
    let quoted: Vec<_> = values
        .iter()
        .filter(|value| fits(value, element))
        .map(|value| {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        })
        .collect();
    format!("{{{}}}", quoted.join(","))
}

/// Can a value of type `ty` be written so?
fn fits(value: &str, ty: &Type) -> bool {
    if value.contains('\0') {
        return false;
    }
    match ty.kind() {
        Kind::Domain(inner) => return fits(value, inner),
        Kind::Enum(variants) => return variants.iter().any(|variant| variant == value),
        _ => {}
    }
    match *ty {
        Type::INT2 => value.parse::<i16>().is_ok(),
        Type::INT4 => value.parse::<i32>().is_ok(),
        Type::INT8 => value.parse::<i64>().is_ok(),
        Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => value.len() <= 100 && is_decimal(value),
        Type::UUID => is_uuid(value),
        Type::BOOL => matches!(value, "true" | "false"),
        Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok()
        }
        _ => true,
    }
}

fn is_uuid(value: &str) -> bool {
    let lengths = value.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && value.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_leaves_out_what_the_type_cannot_hold() {
        let values = ["12", "x'); --", "99999999999999999999", "7"].map(str::to_owned);

        assert_eq!(array(&values, &Type::INT4), "{\"12\",\"7\"}");
        assert_eq!(array(&values, &Type::DATE), "{}");
    }

    #[test]
    fn a_text_list_escapes_what_could_end_an_element() {
        let values = ["O\"Neil", "a\\b", "x,y}", "", "NULL", "n\0l"].map(str::to_owned);

        assert_eq!(
            array(&values, &Type::TEXT),
            r#"{"O\"Neil","a\\b","x,y}","","NULL"}"#
        );
    }

    #[test]
    fn rejects_values_other_types_could_not_read() {
        assert!(!fits("not-a-uuid", &Type::UUID));
        assert!(!fits("tomorrow", &Type::DATE));
        assert!(!fits("1e400", &Type::NUMERIC));
        assert!(fits("3f333df6-90a4-4fda-8dd3-9485d27cee36", &Type::UUID));
    }
}
