//! All that the typesetter can see: its template, the data, four fonts. It is refused everything else.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

const TEMPLATE: &str = include_str!("../template/document.typ");
/// Liberation 2.1.5; `fonts/LICENSE`: SIL Open Font License 1.1.
const FONTS: [&[u8]; 4] = [
    include_bytes!("../fonts/LiberationSans-Regular.ttf"),
    include_bytes!("../fonts/LiberationSans-Bold.ttf"),
    include_bytes!("../fonts/LiberationSans-Italic.ttf"),
    include_bytes!("../fonts/LiberationMono-Regular.ttf"),
];

/// The two names there are. Names are kept for the life of the process, so there are never more.
static MAIN: LazyLock<FileId> = LazyLock::new(|| name("/main.typ"));
static DATA: LazyLock<FileId> = LazyLock::new(|| name("/data.json"));

#[expect(
    clippy::expect_used,
    reason = "both names are constants and well formed"
)]
fn name(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The fonts of every document.
pub(crate) struct Fonts(Vec<Font>);

impl Fonts {
    /// Takes them from the program itself.
    pub(crate) fn load() -> Self {
        let fonts = FONTS
            .iter()
            .flat_map(|font| Font::iter(Bytes::new(*font)))
            .collect();
        Self(fonts)
    }

    /// Has every one of them this character?
    pub(crate) fn has(&self, c: char) -> bool {
        self.0
            .iter()
            .all(|font| font.info().coverage.contains(u32::from(c)))
    }
}

/// One document's world.
pub(crate) struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Fonts,
    source: Source,
    data: Bytes,
}

impl Desk {
    /// The template with this data.
    pub(crate) fn new(fonts: Fonts, data: Vec<u8>) -> Self {
        Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts.0)),
            fonts,
            source: Source::new(*MAIN, TEMPLATE.to_owned()),
            data: Bytes::new(data),
        }
    }

    /// Line of the template in which a byte stands, from 1.
    pub(crate) fn line(&self, byte: usize) -> usize {
        let before = self.source.text().get(..byte).unwrap_or_default();
        before.matches('\n').count() + 1
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        *MAIN
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == *MAIN {
            return Ok(self.source.clone());
        }
        Err(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == *DATA {
            return Ok(self.data.clone());
        }
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.0.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        // The time of a document is part of its data.
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> Desk {
        Desk::new(Fonts::load(), b"{}".to_vec())
    }

    #[test]
    fn shows_its_template_and_its_data() {
        assert!(desk().source(*MAIN).is_ok());
        assert_eq!(desk().file(*DATA).unwrap().as_slice(), b"{}");
    }

    #[test]
    fn rejects_every_other_file_and_package() {
        for path in ["/etc/passwd", "/main.json", "/fonts/LICENSE"] {
            assert!(desk().file(name(path)).is_err(), "{path}");
            assert!(desk().source(name(path)).is_err(), "{path}");
        }
        assert!(desk().file(*MAIN).is_err());
    }

    #[test]
    fn knows_no_today() {
        assert!(desk().today(None).is_none());
    }

    #[test]
    fn has_the_letters_of_welsh_and_polish_but_not_of_arabic() {
        let fonts = Fonts::load();

        for c in "ŵŷâêîôûŴŶ łśżź’–·—".chars() {
            assert!(fonts.has(c), "{c}");
        }
        assert!(!fonts.has('ع'));
    }
}
