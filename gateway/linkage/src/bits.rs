//! Counts and probabilities as bits.

/// `count` as a real number; exact to 2^32, which no agency's people exceed.
pub(crate) fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// `log2(m / u)`.
pub(crate) fn ratio(m: f64, u: f64) -> f64 {
    (m / u).log2()
}

/// The probability whose log odds are `bits`.
pub(crate) fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_odds_are_one_half_and_extremes_stay_in_bounds() {
        assert!((probability(0.0) - 0.5).abs() < 1e-12);
        assert!(probability(-5_000.0) >= 0.0);
        assert!(probability(5_000.0) <= 1.0);
    }
}
