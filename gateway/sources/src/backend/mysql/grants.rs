//! Reads `SHOW GRANTS`: whatever is not plainly reading counts as writing.

/// Privileges with which nothing can be changed.
const READING: &[&str] = &["SELECT", "SHOW DATABASES", "SHOW VIEW", "USAGE"];

/// The first privilege that goes beyond reading, with its object.
pub(in crate::backend) fn writing<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<String> {
    lines.find_map(beyond_reading)
}

fn beyond_reading(line: &str) -> Option<String> {
    // A default role is listed with its own grant line as well.
    if line.starts_with("SET DEFAULT ROLE") {
        return None;
    }
    let Some((privileges, object)) = line
        .strip_prefix("GRANT ")
        .and_then(|rest| rest.split_once(" ON "))
    else {
        return Some("a role; grant SELECT to the account itself".to_owned());
    };
    let object = object.split(" TO ").next().unwrap_or_default();
    // MySQL and MariaDB repeat quoted names here, which belong to the schema and not to a person.
    if line.contains("WITH GRANT OPTION") {
        return Some(format!("GRANT OPTION on {object}"));
    }
    split(privileges)
        .into_iter()
        .find(|privilege| !READING.contains(&privilege.as_str()))
        .map(|privilege| format!("{privilege} on {object}"))
}

/// `SELECT, INSERT (a, b)` as `SELECT` and `INSERT`.
fn split(privileges: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0_u32;
    for c in privileges.chars() {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => {
                if let Some(name) = names.last_mut() {
                    name.push(c);
                }
            }
            _ => {}
        }
    }
    names.iter().map(|name| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_an_account_that_only_reads() {
        let lines = [
            "GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*12AB'",
            "GRANT SELECT, SHOW VIEW ON `police`.* TO `r`@`%`",
            "GRANT SELECT (`a`, `b`) ON `police`.`person` TO `r`@`%`",
        ];

        assert_eq!(writing(lines.into_iter()), None);
    }

    #[test]
    fn refuses_every_other_privilege() {
        for (line, found) in [
            (
                "GRANT ALL PRIVILEGES ON *.* TO `r`@`%`",
                "ALL PRIVILEGES on *.*",
            ),
            (
                "GRANT SELECT, INSERT (`a`, `b`) ON `p`.`t` TO `r`@`%`",
                "INSERT on `p`.`t`",
            ),
            (
                "GRANT SELECT, UPDATE ON `p`.* TO `r`@`%`",
                "UPDATE on `p`.*",
            ),
            ("GRANT FILE ON *.* TO `r`@`%`", "FILE on *.*"),
            (
                "GRANT EXECUTE ON PROCEDURE `p`.`f` TO `r`@`%`",
                "EXECUTE on PROCEDURE `p`.`f`",
            ),
            (
                "GRANT SELECT ON `p`.* TO `r`@`%` WITH GRANT OPTION",
                "GRANT OPTION on `p`.*",
            ),
            (
                "GRANT BRAND_NEW_ADMIN ON *.* TO `r`@`%`",
                "BRAND_NEW_ADMIN on *.*",
            ),
            (
                "GRANT `clerk`@`%` TO `r`@`%`",
                "a role; grant SELECT to the account itself",
            ),
            (
                "something else",
                "a role; grant SELECT to the account itself",
            ),
        ] {
            assert_eq!(
                writing([line].into_iter()).as_deref(),
                Some(found),
                "{line}"
            );
        }
    }
}
