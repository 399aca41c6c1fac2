//! The hub's IT invites gateways, sees who asks, and carries what the authority decided.

use rustls::pki_types::ServerName;
use stile_model::digest::Digest;
use stile_trust::identity::Identity;

use super::kept::{Enrolment, Given, Settled, Step, settled};
use super::{
    EnrolmentId, EnrolmentList, EnrolmentState, EnrolmentToken, InviteGateway, InvitedGateway,
    NAMES_MOST, TOKEN_S,
};
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;
use crate::people::{Duty, Person};

impl Hub {
    /// Invites a member's gateway to ask for a certificate.
    ///
    /// # Errors
    ///
    /// `role_missing` unless the person is `it_admin`; `out_of_bounds` when a name is neither a DNS
    /// name nor an address, or there are too many.
    pub async fn invite_gateway(
        &self,
        person: &Person,
        invite: &InviteGateway,
    ) -> Result<InvitedGateway, ExchangeError> {
        person.must(&Duty::ItAdmin)?;
        let is_name = |name: &String| ServerName::try_from(name.as_str()).is_ok();
        if invite.names.len() > NAMES_MOST || !invite.names.iter().all(is_name) {
            return Err(refuse(
                "out_of_bounds",
                422,
                format!("`names` holds at most {NAMES_MOST} DNS names and addresses"),
            ));
        }
        let now = self.clock.now();
        let id = EnrolmentId::draw()?;
        let token = EnrolmentToken::draw(&id)?;
        let (_, kept) = token.read().ok_or(ExchangeError::Stored("token"))?;
        let expires = now.plus_s(TOKEN_S);
        let enrolment = Enrolment {
            id: id.clone(),
            member: invite.member.clone(),
            role: invite.role,
            names: invite.names.clone(),
            since: now,
            token: Some(Given { kept, expires }),
            renews: None,
            asked: None,
            settled: None,
        };
        let _turn = self.live.enrolling().turn.lock().await;
        self.keep_enrolment(&enrolment, Step::Invited, Some(&person.user))
            .await?;
        Ok(InvitedGateway { id, token, expires })
    }

    /// Who was invited, who asks, and what became of it, the newest first.
    ///
    /// # Errors
    ///
    /// `role_missing` unless the person is `it_admin` or `auditor`.
    pub fn enrolments(&self, person: &Person) -> Result<EnrolmentList, ExchangeError> {
        person.must_be_one_of(&[Duty::ItAdmin, Duty::Auditor])?;
        let mut all = self.every_enrolment()?;
        all.sort_by(|one, other| (other.since, &other.id).cmp(&(one.since, &one.id)));
        Ok(EnrolmentList {
            enrolments: all.into_iter().map(Enrolment::line).collect(),
        })
    }

    /// Takes the certificate that the authority issued for a request.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_enrolment`, `enrolment_settled`; `certificate_unfit` when our own roots
    /// and lists do not stand behind it, or it is for another member or key than was asked for.
    pub async fn issue_enrolment(
        &self,
        person: &Person,
        id: &EnrolmentId,
        chain: &str,
    ) -> Result<(), ExchangeError> {
        person.must(&Duty::ItAdmin)?;
        let _turn = self.live.enrolling().turn.lock().await;
        let (enrolment, pin) = self.waiting_enrolment(id)?;
        let now = self.clock.now();
        let peer = self
            .tls
            .vouches(chain, now)
            .map_err(|error| unfit(&error.to_string()))?;
        let wanted = Identity {
            partnership: self.partnership.clone(),
            role: enrolment.role.role(),
            member: enrolment.member.clone(),
            user: None,
        };
        if peer.identity != wanted || peer.spki_digest != pin {
            return Err(unfit("it is for another member or key than was asked for"));
        }
        let enrolment = Enrolment {
            since: now,
            settled: Some(Settled::Issued(chain.to_owned())),
            ..enrolment
        };
        self.keep_enrolment(&enrolment, Step::Issued, Some(&person.user))
            .await
    }

    /// Refuses a request.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_enrolment`, `enrolment_settled`.
    pub async fn refuse_enrolment(
        &self,
        person: &Person,
        id: &EnrolmentId,
    ) -> Result<(), ExchangeError> {
        person.must(&Duty::ItAdmin)?;
        let _turn = self.live.enrolling().turn.lock().await;
        let (enrolment, _) = self.waiting_enrolment(id)?;
        let enrolment = Enrolment {
            since: self.clock.now(),
            settled: Some(Settled::Refused),
            ..enrolment
        };
        self.keep_enrolment(&enrolment, Step::Refused, Some(&person.user))
            .await
    }

    /// A request that waits, and the key it asks for.
    fn waiting_enrolment(&self, id: &EnrolmentId) -> Result<(Enrolment, Digest), ExchangeError> {
        let enrolment = self.read_enrolment(id)?.ok_or_else(|| {
            refuse(
                "unknown_enrolment",
                404,
                "there is no such request; list them first",
            )
        })?;
        let asked = enrolment.asked.as_ref().map(|asked| asked.pin);
        match (enrolment.state(), asked) {
            (EnrolmentState::Waiting, Some(pin)) => Ok((enrolment, pin)),
            (
                EnrolmentState::Invited
                | EnrolmentState::Issued
                | EnrolmentState::Refused
                | EnrolmentState::Waiting,
                _,
            ) => Err(settled()),
        }
    }
}

fn unfit(why: &str) -> ExchangeError {
    refuse(
        "certificate_unfit",
        422,
        format!("the certificate is not taken: {why}"),
    )
}
