//! Pictures drawn by the server: SVG with a title and a description, shapes as well as colours, and a
//! real table of the same behind "show as a table".
//!
//! No script, no inline style: positions are attributes, which a content security policy does not
//! touch, and the picture prints.

mod bars;
mod lanes;

pub use bars::{Bar, Bars};
pub use lanes::{Event, Lane, Lanes, Mark};

/// A number of units of the picture, to a tenth.
fn units(value: impl std::fmt::Display) -> String {
    format!("{value:.1}")
}

/// `text` in lines of at most `width` letters, at most two; what is longer ends in an ellipsis. The
/// whole text stands in the table.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = lines.last().is_some_and(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width
        });
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let more = lines.len() > 2;
    lines.truncate(2);
    for line in &mut lines {
        if line.chars().count() > width {
            *line = line.chars().take(width.saturating_sub(1)).collect();
            line.push('…');
        }
    }
    if let (true, Some(last)) = (more, lines.last_mut())
        && !last.ends_with('…')
    {
        last.push('…');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_long_name_takes_two_lines_and_no_more() {
        assert_eq!(lines("Police", 20), ["Police"]);
        assert_eq!(
            lines("Health visiting and school nursing", 20),
            ["Health visiting and", "school nursing"]
        );
        assert_eq!(
            lines("a very long name that goes on and on for ever", 20),
            ["a very long name", "that goes on and on…"]
        );
        assert_eq!(
            lines("Llanfairpwllgwyngyllgogerych", 20),
            ["Llanfairpwllgwyngyl…"]
        );
    }
}
