//! What a FHIR server answers: understood in one way or refused, within bounds.
#![no_main]

mod asked;
mod served;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use served::Server;
use stile_sources::SourceMapping;

const MAPPING: &str = r#"
[source.ehr]
kind = "fhir"
base = "http://{address}/R4"
system = "EHR"
identifier_systems = { nhs_number = "https://fhir.nhs.uk/Id/nhs-number" }
[source.ehr.person]
table = "patient"
key = "id"
forename = "given"
surname = "family"
dob = "birth_date"
sex = "gender"
address = ["line", "city"]
postcode = "postcode"
phone = "phone"
protected = "restricted"
identifiers = { nhs_number = "nhs_number" }
aliases = { table = "patient_name", subject = "patient", surname = "family", forename = "given" }
[source.ehr.category."health.registration"]
table = "condition"
key = "id"
subject = "patient"
ended = "onset"
recorded = "recorded"
sealed = "restricted"
fields = { practice = "code" }
provenance = { author = "clinician", nature = "fact", verification = "verified" }
"#;

const METADATA: &str = r#"{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}"#;

static WORLD: LazyLock<(Server, SourceMapping)> = LazyLock::new(|| {
    let server = Server::start(Some(("/metadata", METADATA)));
    let mapping = asked::mapping(&MAPPING.replace("{address}", &server.address.to_string()));
    (server, mapping)
});

fuzz_target!(|bytes: &[u8]| {
    let (server, mapping) = &*WORLD;
    server.says(mapping, bytes);
});
