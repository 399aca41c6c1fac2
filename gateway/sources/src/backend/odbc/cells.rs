//! Values as a driver gives them.

use odbc_api::buffers::Indicator;
use odbc_api::parameter::{VarBinaryBox, VarWCharBox};
use odbc_api::{CursorRow, DataType, Error};

use crate::backend::Shape;
use crate::value::{Cell, DateFormat, is_decimal};

/// Holds one value at a time; longer ones are not read to their end.
pub(super) struct Buffer {
    value: VarWCharBox,
    max_bytes: usize,
}

impl Buffer {
    pub(super) fn new(max_bytes: usize) -> Self {
        // No text has more UTF-16 units than bytes in UTF-8; one more for the final zero.
        let units = vec![0_u16; max_bytes.saturating_add(1)].into_boxed_slice();
        Self {
            value: VarWCharBox::from_buffer(units, Indicator::Null),
            max_bytes,
        }
    }

    /// The value of `column`, counted from 1.
    pub(super) fn cell(
        &mut self,
        row: &mut CursorRow<'_>,
        column: u16,
        shape: Shape,
    ) -> Result<Cell, Error> {
        if shape == Shape::Other {
            // A binary value is not read, only whether there is one.
            let mut one = VarBinaryBox::from_buffer(vec![0_u8; 1].into(), Indicator::Null);
            row.get_data(column, &mut one)?;
            return Ok(if one.indicator() == Indicator::Null {
                Cell::Null
            } else {
                Cell::Unreadable
            });
        }
        row.get_data(column, &mut self.value)?;
        if !self.value.is_complete() {
            return Ok(Cell::TooLong);
        }
        let Some(units) = self.value.as_slice() else {
            return Ok(Cell::Null);
        };
        let Ok(text) = String::from_utf16(units) else {
            return Ok(Cell::Unreadable);
        };
        Ok(read(text, shape, self.max_bytes))
    }
}

fn read(text: String, shape: Shape, max_bytes: usize) -> Cell {
    match shape {
        Shape::Date => DateFormat::Iso
            .read(&text)
            .map_or(Cell::Unreadable, Cell::Date),
        Shape::Flag => match text.trim() {
            "0" => Cell::Flag(false),
            "1" => Cell::Flag(true),
            _ => Cell::Text(text),
        },
        Shape::Number if is_decimal(text.trim()) => Cell::Number(text.trim().to_owned()),
        // Oracle and others leave out the zero before the point.
        Shape::Number => text
            .trim()
            .strip_prefix('.')
            .map(|fraction| format!("0.{fraction}"))
            .filter(|text| is_decimal(text))
            .map_or(Cell::Unreadable, Cell::Number),
        Shape::Other => Cell::Unreadable,
        Shape::Text | Shape::Untyped => Cell::bounded(text.as_bytes(), max_bytes),
    }
}

/// What a column of this type can hold.
pub(super) fn shape(kind: &DataType) -> Shape {
    match kind {
        DataType::Bit => Shape::Flag,
        DataType::Date | DataType::Timestamp { .. } => Shape::Date,
        DataType::BigInt
        | DataType::Decimal { .. }
        | DataType::Double
        | DataType::Float { .. }
        | DataType::Integer
        | DataType::Numeric { .. }
        | DataType::Real
        | DataType::SmallInt
        | DataType::TinyInt => Shape::Number,
        DataType::Char { .. }
        | DataType::LongVarchar { .. }
        | DataType::Varchar { .. }
        | DataType::WChar { .. }
        | DataType::WLongVarchar { .. }
        | DataType::WVarchar { .. } => Shape::Text,
        DataType::Unknown => Shape::Untyped,
        DataType::Binary { .. }
        | DataType::LongVarbinary { .. }
        | DataType::Other { .. }
        | DataType::Time { .. }
        | DataType::Varbinary { .. } => Shape::Other,
    }
}
