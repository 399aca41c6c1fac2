//! The page of a pack and the file that says how to check it, each as a whole text.

use std::fmt::Write as _;

use stile_ledger::Vkey;
use stile_model::id::CaseId;

use super::super::pack::Ground;
use super::Told;
use crate::gateway::Gateway;

/// The page: complete in itself, without scripts or addresses.
pub(in crate::audit) fn page(books: &Gateway, ground: &Ground, told: &[Told]) -> String {
    let Ground {
        case, made, head, ..
    } = ground;
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Case {case}: what is on record</title>\n\
         <style>body{{font-family:sans-serif;max-width:50em;margin:2em auto;line-height:1.4}}\
         h2{{font-size:1em;margin:1.5em 0 .3em}}ul{{margin:0}}</style>\n</head>\n<body>\n\
         <h1>Case {case}: what is on record</h1>\n\
         <p>{} entries of the ledger <code>{}</code>, which held {} entries when this was made on \
         {made}, at {}. Times are UTC. People of the case appear by their place in it, officers by \
         their role.</p>\n\
         <p>This page is a summary. What is proved are the entries themselves: see README.txt.</p>\n",
        told.len(),
        text(head.origin.as_str()),
        head.size,
        text(&books.name_of(books.me())),
    );
    if ground.archived {
        page.push_str(
            "<p><strong>The oldest entries of this ledger lie in an archive, which was not searched. \
             Entries of this case among them are not in this pack.</strong></p>\n",
        );
    }
    for one in told {
        let _ = write!(
            page,
            "<h2>{} &middot; {} &middot; entry {}</h2>\n<ul>\n",
            one.time, one.title, one.index
        );
        for line in &one.lines {
            let _ = writeln!(page, "<li>{line}</li>");
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// The file that says what the pack is and how to check it.
pub(in crate::audit) fn readme(case: &CaseId, vkey: &Vkey) -> String {
    format!(
        "Inspection pack of case {case}\n\
         ledger {}\n\n\
         Handle it as confidential. It may hold personal data, and things that were lawfully kept\n\
         from some of those concerned. It is for inspectors; it is not a reply to a subject access\n\
         request.\n\n\
         What it proves\n\n\
         * Each entry (entries/NUMBER/leaf.json) is in the ledger, at that place, under the signed\n\
         \x20 head in the file `checkpoint`. The file `receipt` beside it is the proof.\n\
         * Each body is the one its entry was made with: SHA-256(salt, body) is in the leaf.\n\
         * The ledger only grew since the earlier heads in `continuity`, if there are any.\n\
         * The ledger's key signed for this list of files: MANIFEST and MANIFEST.sig.\n\
         * `erased` in MANIFEST: the details were destroyed; that they existed is still proved.\n\n\
         What it does not prove\n\n\
         * That these are all entries of the case: the ledger's owner signs for that. Compare with\n\
         \x20 the pack of the other side; each disclosure is in both.\n\
         * That the newest entries were not withheld: compare `checkpoint` with a head that a\n\
         \x20 witness or the other side holds.\n\n\
         How to check it\n\n\
         1. Get the ledger's verifier key from the partnership's directory or by telephone. keys.txt\n\
         \x20  is for comparison only: whoever forges a pack can put any key into it.\n\
         2. With Python 3.8 or later and nothing else:\n\n\
         \x20    python3 verify.py PACK.zip --vkey 'KEY'\n\n\
         \x20  Use a copy of verify.py that you did not get from this pack, or read it first.\n\
         3. Or with the gateway's own program:\n\n\
         \x20    stile ledger verify --pack PACK.zip --vkey 'KEY'\n\n\
         Start reading with summary.html.\n",
        vkey.name()
    )
}

/// Text as it may stand in a page.
pub(super) fn text(raw: &str) -> String {
    raw.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            text("<b onx=\"'\">&\u{0}"),
            "&lt;b onx=&quot;&#39;&quot;&gt;&amp; "
        );
    }
}
