//! Signatures as X.509 and TLS write them.

/// Bytes of `r` and of `s`.
const HALF: usize = 32;

/// `r ‖ s` as a DER sequence (RFC 3279 §2.2.3).
pub(super) fn der(pair: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = pair
        .split_at_checked(HALF)
        .filter(|(_, s)| s.len() == HALF)?;
    let body = [integer(r)?, integer(s)?].concat();
    let mut sequence = vec![0x30, u8::try_from(body.len()).ok()?];
    sequence.extend(body);
    Some(sequence)
}

/// An unsigned number of at most 32 bytes as a DER integer.
fn integer(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = bytes.iter().position(|byte| *byte != 0)?;
    let bytes = bytes.get(first..)?;
    let sign = usize::from(bytes.first()? >= &0x80);
    let mut integer = vec![0x02, u8::try_from(bytes.len() + sign).ok()?];
    integer.extend(std::iter::repeat_n(0, sign));
    integer.extend(bytes);
    Some(integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_written_as_the_shortest_integers() {
        let mut pair = [0; 64];
        pair[31] = 0x80;
        pair[32] = 0x7f;

        let der = der(&pair).unwrap();

        let mut expected = vec![0x30, 0x26, 0x02, 0x02, 0x00, 0x80, 0x02, 0x20, 0x7f];
        expected.extend([0; 31]);
        assert_eq!(der, expected);
    }

    #[test]
    fn refuses_a_signature_of_another_length_or_of_nought() {
        assert_eq!(der(&[1; 63]), None);
        assert_eq!(der(&[1; 65]), None);
        assert_eq!(der(&[0; 64]), None);
    }
}
