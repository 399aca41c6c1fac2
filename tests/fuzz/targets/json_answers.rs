//! What a server of JSON answers: understood in one way or refused, within bounds.
#![no_main]

mod asked;
mod served;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use served::Server;
use stile_sources::SourceMapping;

const MAPPING: &str = r#"
[source.housing]
kind = "http_json"
base = "http://{address}/v1"
system = "Housing"
[source.housing.person]
table = "tenant"
key = "id"
forename = "given"
surname = "family"
dob = "born"
address = ["address"]
protected = "refuge"
identifiers = { nhs_number = "nhs" }
aliases = { table = "former", subject = "tenant", surname = "family", forename = "given" }
[source.housing.answer.tenant]
rows = "$.tenants[*]"
columns = { id = "$.id", given = "$.name.given", family = "$.name.family", born = "$.born", address = "$.lines[*]", refuge = "$.refuge", nhs = "$.ids[?@.kind == 'nhs'].value" }
paging = { next = "$.links.next" }
person = { get = "/tenants/{key}?view=all" }
search = [
  { post = "/tenants/search", json = { surname = "{surname}", born = "{born}" } },
  { post = "/tenants/search", form = { nhs = "{nhs_number}" } },
]
[source.housing.answer.former]
from = "tenant"
rows = "$.tenants[*]"
inner = "$.former[*]"
columns = { family = "$.family", given = "$.given" }
outer = { tenant = "$.id" }
[source.housing.answer.note]
rows = "$.notes[*]"
columns = { id = "$.id", tenant = "$.tenant", day = "$.on", practice = "$.text", sealed = "$.sealed" }
paging = { page = "page" }
person = { get = "/tenants/{key}/notes" }
[source.housing.category."health.registration"]
table = "note"
key = "id"
subject = "tenant"
ended = "day"
sealed = "sealed"
fields = { practice = "practice" }
provenance = { author = "housing_officer", nature = "fact", verification = "verified" }
"#;

static WORLD: LazyLock<(Server, SourceMapping)> = LazyLock::new(|| {
    let server = Server::start(None);
    let mapping = asked::mapping(&MAPPING.replace("{address}", &server.address.to_string()));
    (server, mapping)
});

fuzz_target!(|bytes: &[u8]| {
    let (server, mapping) = &*WORLD;
    server.says(mapping, bytes);
});
