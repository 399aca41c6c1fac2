//! The fenced blocks of a Markdown page.

/// One fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Line of its first line of text, from 1.
    pub line: usize,
    /// First word after the fence: `toml`, `sh`, `text`.
    pub language: String,
    /// The file it is, from `file=NAME` after the language.
    pub file: Option<String>,
    /// Whether `waits` is said after the language: it goes on while the next commands are given.
    pub waits: bool,
    /// What it holds, each line ended.
    pub body: String,
}

/// Every fenced block of a page, in order.
pub fn fences(page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for (number, line) in page.lines().enumerate() {
        match open.take() {
            None => {
                open = line
                    .strip_prefix("```")
                    .map(|info| opened(number + 2, info))
            }
            Some(fence) if line == "```" => found.push(fence),
            Some(mut fence) => {
                fence.body.push_str(line);
                fence.body.push('\n');
                open = Some(fence);
            }
        }
    }
    if let Some(fence) = open {
        panic!("the block that starts at line {} has no end", fence.line);
    }
    found
}

fn opened(line: usize, info: &str) -> Fence {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default().to_owned();
    let words: Vec<_> = words.collect();
    let file = words.iter().find_map(|word| word.strip_prefix("file="));
    let file = file.map(str::to_owned);
    Fence {
        line,
        language,
        file,
        waits: words.contains(&"waits"),
        body: String::new(),
    }
}

#[test]
fn finds_each_fenced_block_where_it_starts_and_the_file_it_is() {
    let page = "a\n```toml file=b/c.toml\nd = 1\n```\n```sh waits\nls\npwd\n```\n";

    let found = fences(page);

    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, found[0].language.as_str()), (3, "toml"));
    assert_eq!(found[0].file.as_deref(), Some("b/c.toml"));
    assert_eq!((found[1].line, found[1].body.as_str()), (6, "ls\npwd\n"));
    assert_eq!(found[1].file, None);
    assert_eq!((found[0].waits, found[1].waits), (false, true));
}

#[test]
#[should_panic(expected = "the block that starts at line 2 has no end")]
fn refuses_a_block_that_never_ends() {
    fences("```sh\nls\n");
}
