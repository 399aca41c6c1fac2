//! Certificates that an authority of the partnership's own issues, made by OpenSSL: what keeps the
//! profile is taken, what does not is refused and named.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// One rule of the profile broken: what is made, and what is said of it.
struct Broken {
    name: &'static str,
    key: &'static [&'static str],
    days: u32,
    extensions: &'static [&'static str],
    said: &'static str,
}

const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const KU: &str = "keyUsage = critical, digitalSignature";
const EKU: &str = "extendedKeyUsage = clientAuth, serverAuth";
const AKI: &str = "authorityKeyIdentifier = keyid";
const NO_CA: &str = "basicConstraints = critical, CA:false";
const SAN: &str = "subjectAltName = URI:stile://north/agency/north-police, DNS:localhost";

const BROKEN: [Broken; 13] = [
    broken(
        "rsa-2048",
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        &[NO_CA, KU, EKU, AKI, SAN],
        "neither P-256 nor Ed25519",
    ),
    broken(
        "rsa-1024",
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        &[NO_CA, KU, EKU, AKI, SAN],
        "neither P-256 nor Ed25519",
    ),
    broken(
        "p-192",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-192"],
        &[NO_CA, KU, EKU, AKI, SAN],
        "neither P-256 nor Ed25519",
    ),
    broken(
        "p-384",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &[NO_CA, KU, EKU, AKI, SAN],
        "neither P-256 nor Ed25519",
    ),
    broken(
        "no-eku",
        P256,
        &[NO_CA, KU, AKI, SAN],
        "does not list clientAuth",
    ),
    broken(
        "server-only",
        P256,
        &[NO_CA, KU, "extendedKeyUsage = serverAuth", AKI, SAN],
        "does not list clientAuth",
    ),
    broken(
        "client-only",
        P256,
        &[NO_CA, KU, "extendedKeyUsage = clientAuth", AKI, SAN],
        "does not list serverAuth",
    ),
    broken(
        "no-ku",
        P256,
        &[NO_CA, EKU, AKI, SAN],
        "does not list digitalSignature",
    ),
    broken(
        "signs",
        P256,
        &[
            NO_CA,
            "keyUsage = critical, digitalSignature, keyCertSign",
            EKU,
            AKI,
            SAN,
        ],
        "keyCertSign or cRLSign",
    ),
    broken(
        "no-uri",
        P256,
        &[NO_CA, KU, EKU, AKI, "subjectAltName = DNS:localhost"],
        "`0` URI names",
    ),
    broken(
        "two-uris",
        P256,
        &[
            NO_CA,
            KU,
            EKU,
            AKI,
            "subjectAltName = URI:stile://north/agency/north-police, URI:stile://north/hub/north-mash",
        ],
        "`2` URI names",
    ),
    broken(
        "no-aki",
        P256,
        &[NO_CA, KU, EKU, "authorityKeyIdentifier = none", SAN],
        "no authority key identifier",
    ),
    Broken {
        name: "too-long",
        key: P256,
        days: 399,
        extensions: &[NO_CA, KU, EKU, AKI, SAN],
        said: "more than 398",
    },
];

const fn broken(
    name: &'static str,
    key: &'static [&'static str],
    extensions: &'static [&'static str],
    said: &'static str,
) -> Broken {
    Broken {
        name,
        key,
        days: 90,
        extensions,
        said,
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "openssl {arguments:?}: {said}");
}

fn authority(folder: &Path) {
    let extensions = "[ca]\nbasicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign, \
                      cRLSign\nsubjectKeyIdentifier = hash\n[req]\ndistinguished_name = dn\n[dn]\n";
    std::fs::write(folder.join("ca.cnf"), extensions).unwrap();
    let mut key = vec!["genpkey", "-out", "ca.key"];
    key.extend(P256);
    openssl(folder, &key);
    let root = "req -x509 -new -config ca.cnf -extensions ca -key ca.key -subj /CN=ca -days 3650 -out ca.pem";
    openssl(folder, &root.split(' ').collect::<Vec<_>>());
}

/// What `stile ca show` says of a certificate with these extensions.
fn shown(folder: &Path, made: &Broken) -> String {
    let Broken {
        name, key, days, ..
    } = made;
    let mut text = "[leaf]\n".to_owned();
    for extension in made.extensions {
        writeln!(text, "{extension}").unwrap();
    }
    std::fs::write(folder.join(format!("{name}.cnf")), text).unwrap();
    let key_file = format!("{name}.key");
    let mut making = vec!["genpkey", "-out", &key_file];
    making.extend(*key);
    openssl(folder, &making);
    let request =
        format!("req -new -config ca.cnf -key {name}.key -subj /CN={name} -out {name}.csr");
    openssl(folder, &request.split(' ').collect::<Vec<_>>());
    let signing = format!(
        "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile {name}.cnf \
         -extensions leaf -days {days} -out {name}.pem"
    );
    openssl(
        folder,
        &signing
            .split(' ')
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>(),
    );
    let show = Command::new(crate::STILE)
        .args(["ca", "show"])
        .arg(folder.join(format!("{name}.pem")))
        .output()
        .unwrap();
    assert!(show.status.success(), "{name}");
    String::from_utf8(show.stdout).unwrap()
}

#[test]
fn every_way_in_which_an_outside_authority_breaks_the_profile_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    authority(folder.path());
    let good = Broken {
        name: "good",
        key: P256,
        days: 90,
        extensions: &[NO_CA, KU, EKU, AKI, SAN],
        said: "",
    };
    let ed25519 = Broken {
        name: "ed25519",
        key: &["-algorithm", "ED25519"],
        ..good
    };

    for made in [&good, &ed25519] {
        let said = shown(folder.path(), made);
        assert!(said.contains("stile://north/agency/north-police"), "{said}");
        assert!(!said.contains("REFUSED"), "{}: {said}", made.name);
    }
    for made in &BROKEN {
        let said = shown(folder.path(), made);
        let refused = said.lines().find(|line| line.starts_with("REFUSED"));
        let refused = refused.unwrap_or_else(|| panic!("{} is not refused: {said}", made.name));
        assert!(refused.contains(made.said), "{}: {refused}", made.name);
    }
}
