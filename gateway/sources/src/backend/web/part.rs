//! Whether a server says, beside an answer, that the answer is only a part.
//!
//! ```text
//! Link: </notes?page=2>; rel="next"   another part follows (RFC 8288)
//! Content-Range: notes 0-24/60        25 of 60 (RFC 9110 §14.4)
//! Content-Range: notes 0-24/*         of how many is not said: no sign of more
//! ```

use hyper::HeaderMap;
use hyper::header::{CONTENT_RANGE, HeaderName, LINK};

/// Do these headers say that more follows?
pub(super) fn is_a_part(headers: &HeaderMap) -> bool {
    let any = |name: HeaderName, is: fn(&str) -> bool| {
        let mut values = headers.get_all(name).iter();
        values.any(|value| is(&String::from_utf8_lossy(value.as_bytes())))
    };
    any(LINK, leads_on) || any(CONTENT_RANGE, is_cut)
}

/// Is one of the links of this header to a next page?
fn leads_on(header: &str) -> bool {
    let links = parts(header, ',').into_iter();
    let mut params = links.flat_map(|link| parts(link, ';').into_iter().skip(1));
    params.any(|param| {
        let (name, value) = param.split_once('=').unwrap_or((param, ""));
        let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && words.any(|w| w.eq_ignore_ascii_case("next"))
    })
}

/// Does this range end before its total?
fn is_cut(header: &str) -> bool {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let Some((range, total)) = header.rsplit_once('/') else {
        return false;
    };
    let last = range.rsplit_once('-').and_then(|(_, last)| number(last));
    let ends = last.map(|last| last.saturating_add(1));
    ends.zip(number(total))
        .is_some_and(|(ends, total)| ends < total)
}

/// What stands between the marks that are in no address and no quotation.
fn parts(text: &str, mark: char) -> Vec<&str> {
    let (mut until, mut escaped, mut start) = (None, false, 0);
    let mut parts: Vec<&str> = Vec::new();
    for (at, sign) in text.char_indices() {
        if let Some(end) = until {
            if sign == end && !escaped {
                until = None;
            }
            escaped = end == '"' && !escaped && sign == '\\';
            continue;
        }
        match sign {
            '<' => until = Some('>'),
            '"' => until = Some('"'),
            _ if sign == mark => {
                parts.extend(text.get(start..at));
                start = at + sign.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_to_a_next_page_is_found_however_it_is_written() {
        for header in [
            "</notes?page=2>; rel=\"next\"",
            "</notes?page=2>;rel=next",
            "</notes?page=2> ; REL = Next",
            "</a>; rel=\"prev\", </b>; rel=\"last next\"",
            "</a?x=1,2;3>; title=\"one, \\\"two\\\"; three\"; rel=next",
            "</a>; rel=self; type=x,</b>; title=\"é\"; rel=\"next\"",
        ] {
            assert!(leads_on(header), "{header}");
        }
        for header in [
            "",
            "next",
            "</next>; rel=\"prev\"",
            "</a;rel=next>; rel=prev",
            "</a>; title=\"b; rel=next\"",
            "</a>; rel=\"nextish\"; rev=next",
        ] {
            assert!(!leads_on(header), "{header}");
        }
    }

    #[test]
    fn a_range_that_ends_before_its_total_is_a_part() {
        for (header, cut) in [
            ("notes 0-24/60", true),
            ("notes 0-24/25", false),
            ("notes 25-59/60", false),
            ("0-24/26", true),
            ("notes 0-24/*", false),
            ("notes */60", false),
            ("notes", false),
        ] {
            assert_eq!(is_cut(header), cut, "{header}");
        }
    }

    #[test]
    fn one_header_of_several_is_enough() {
        let mut headers = HeaderMap::new();
        headers.append(LINK, HeaderValue::from_static("</a>; rel=prev"));
        assert!(!is_a_part(&headers));

        headers.append(LINK, HeaderValue::from_static("</b>; rel=next"));
        assert!(is_a_part(&headers));
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_fault(header in "[<>\",;=/ a-eé\\\\*0-9-]{0,40}") {
            let _ = (leads_on(&header), is_cut(&header));
            let joined: usize = parts(&header, ',').iter().map(|part| part.len()).sum();
            prop_assert!(joined <= header.len());
        }
    }
}
