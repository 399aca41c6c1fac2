//! Reads a PDF back with `lopdf`, which shares no code with the typesetter.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object};

pub struct Pdf(Document);

impl Pdf {
    pub fn read(bytes: &[u8]) -> Self {
        assert!(bytes.starts_with(b"%PDF-1.7"));
        Self(Document::load_mem(bytes).unwrap())
    }

    pub fn pages(&self) -> usize {
        self.0.get_pages().len()
    }

    pub fn text(&self) -> String {
        let pages: Vec<u32> = self.0.get_pages().keys().copied().collect();
        self.0.extract_text(&pages).unwrap()
    }

    pub fn metadata(&self) -> String {
        let id = self.0.catalog().unwrap().get(b"Metadata").unwrap();
        let stream = self.0.get_object(id.as_reference().unwrap()).unwrap();
        let stream = stream.as_stream().unwrap();
        // An archive's metadata is readable without unpacking (ISO 19005-2 §6.6.2.1).
        String::from_utf8(stream.content.clone()).unwrap()
    }

    pub fn catalog_text(&self, key: &str) -> String {
        let text = self.0.catalog().unwrap().get(key.as_bytes()).unwrap();
        String::from_utf8_lossy(text.as_str().unwrap()).into_owned()
    }

    pub fn is_marked(&self) -> bool {
        let marks = self.0.catalog().unwrap().get(b"MarkInfo").unwrap();
        let (_, marks) = self.0.dereference(marks).unwrap();
        let marked = marks.as_dict().unwrap().get(b"Marked").unwrap();
        marked.as_bool().unwrap()
    }

    /// The types of all structure elements.
    pub fn tags(&self) -> BTreeSet<String> {
        let elements = self
            .dictionaries()
            .filter(|dictionary| dictionary.has(b"P"));
        elements
            .filter_map(|dictionary| dictionary.get(b"S").ok()?.as_name().ok())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }

    /// Languages that parts of the structure name for themselves.
    pub fn languages(&self) -> BTreeSet<String> {
        self.dictionaries()
            .filter_map(|dictionary| dictionary.get(b"Lang").ok()?.as_str().ok())
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .collect()
    }

    /// Every font file description: its name, and whether it is embedded.
    pub fn fonts(&self) -> Vec<(String, bool)> {
        let is_font = |dictionary: &&Dictionary| {
            dictionary
                .get(b"Type")
                .and_then(Object::as_name)
                .is_ok_and(|name| name == b"FontDescriptor")
        };
        let name = |dictionary: &Dictionary| {
            let name = dictionary.get(b"FontName").unwrap().as_name().unwrap();
            String::from_utf8_lossy(name).into_owned()
        };
        let embedded = |dictionary: &Dictionary| {
            [b"FontFile2".as_slice(), b"FontFile3"]
                .iter()
                .any(|key| dictionary.has(key))
        };
        self.dictionaries()
            .filter(is_font)
            .map(|dictionary| (name(dictionary), embedded(dictionary)))
            .collect()
    }

    fn dictionaries(&self) -> impl Iterator<Item = &Dictionary> {
        self.0
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok())
    }
}
