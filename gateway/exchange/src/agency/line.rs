//! A task in a list: it names cases, categories and times, and nobody.

use serde::{Deserialize, Serialize};
use stile_model::code::Priority;
use stile_model::id::{CaseId, CategoryId, Code, EnquiryId, MemberId, SubjectId, UserId};
use stile_model::time::Timestamp;
use utoipa::ToSchema;

use super::Agency;
use super::task::{Occasion, Task, TaskState, TaskSubject};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// One task in a list: nothing of it names or describes a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskLine {
    /// The task.
    pub id: EnquiryId,
    /// What it asks.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// The enquiry, or the presence request, it comes from.
    pub enquiry: EnquiryId,
    /// The hub's case number.
    pub case: CaseId,
    /// The hub that asked, by its name.
    pub hub: String,
    /// The hub's rating; none of a presence request.
    pub priority: Option<Priority>,
    /// The purpose in words.
    pub purpose: String,
    /// What kind of information it is about, in words; none of a question of identity, where a whole
    /// person is sealed, or where it is not this person's to know yet.
    pub category: Option<String>,
    /// The same by its id.
    pub about: Option<CategoryId>,
    /// Records that would leave; 0 of anything but an approval.
    pub records: usize,
    /// When it was made.
    pub made: Timestamp,
    /// When it lapses.
    pub due: Timestamp,
    /// Who is asked.
    pub asked: Vec<RoleAsked>,
}

/// What a task asks, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Know that something sealed was asked about.
    Alert,
    /// Agree, or not, to a release.
    Approval,
    /// Say which record, if any, is the subject.
    Match,
}

/// A role whose agreement is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleAsked {
    /// The role.
    pub role: Code,
    /// The role in words.
    pub name: String,
    /// Who agreed for it.
    pub agreed: Option<UserId>,
    /// Everybody here who may answer for it: the first to open it, or a deputy.
    pub may: Vec<UserId>,
}

impl Agency {
    /// Every open task this person may decide, soonest due first, without anybody's data.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn waiting(&self, person: &Person) -> Result<Vec<TaskLine>, ExchangeError> {
        let tasks = self.tasks(person)?;
        tasks.iter().map(|task| self.line_of(task)).collect()
    }

    pub(crate) fn line_of(&self, task: &Task) -> Result<TaskLine, ExchangeError> {
        let (hub, purpose, priority) = match &task.subject {
            TaskSubject::Alert(alert) => match &alert.occasion {
                Occasion::Presence { hub, purpose } => (hub.clone(), purpose.clone(), None),
                Occasion::Enquiry => self.asked_by(task)?,
            },
            TaskSubject::Approval(_) | TaskSubject::Match(_) => self.asked_by(task)?,
        };
        let words = self.vocabulary.purpose(&purpose);
        Ok(TaskLine {
            id: task.id,
            kind: task.subject.kind(),
            state: task.state,
            enquiry: task.enquiry,
            case: task.case.clone(),
            hub: self.member_name(&hub),
            priority,
            purpose: words.map_or_else(|| purpose.to_string(), |words| words.name.clone()),
            category: task.subject.category().map(|id| self.category_title(id)),
            about: task.subject.category().cloned(),
            records: records(task),
            made: task.made,
            due: task.due,
            asked: self.asked_of(task),
        })
    }

    fn asked_by(&self, task: &Task) -> Result<(MemberId, Code, Option<Priority>), ExchangeError> {
        let enquiry = self.enquiry(task.enquiry)?;
        Ok((enquiry.from, enquiry.purpose, Some(enquiry.priority)))
    }

    /// The roles that a task waits for, and who may answer for each.
    pub(super) fn asked_of(&self, task: &Task) -> Vec<RoleAsked> {
        let of = |role: &Code, agreed: Option<UserId>| {
            let duty = Duty::Approver(role.clone());
            let users = self.people.users();
            RoleAsked {
                role: role.clone(),
                name: self.approver_name(role),
                agreed,
                may: users
                    .filter(|user| self.people.has(user, &duty))
                    .cloned()
                    .collect(),
            }
        };
        match &task.subject {
            TaskSubject::Alert(alert) => vec![of(&alert.contact, None)],
            TaskSubject::Approval(approval) => approval
                .roles
                .iter()
                .map(|role| of(role, approval.agreed_by.get(role).cloned()))
                .collect(),
            TaskSubject::Match(_) => Vec::new(),
        }
    }

    /// An approver role in words.
    pub(super) fn approver_name(&self, role: &Code) -> String {
        let mut known = self.vocabulary.approvers.iter();
        known
            .find(|term| term.code == *role)
            .map_or_else(|| role.as_str().replace('_', " "), |term| term.name.clone())
    }

    /// A member's name in the directory; its id where it is not listed any more.
    pub(super) fn member_name(&self, id: &MemberId) -> String {
        let directory = self.directory.load();
        directory
            .member(id)
            .map_or_else(|| id.to_string(), |member| member.name.clone())
    }

    fn category_title(&self, id: &CategoryId) -> String {
        let known = self.vocabulary.category(id);
        known.map_or_else(|| id.to_string(), |known| known.title.clone())
    }
}

impl TaskSubject {
    /// What it asks, in one word.
    pub const fn kind(&self) -> TaskKind {
        match self {
            Self::Alert(_) => TaskKind::Alert,
            Self::Approval(_) => TaskKind::Approval,
            Self::Match(_) => TaskKind::Match,
        }
    }

    /// The category it is about, where it is about one.
    pub const fn category(&self) -> Option<&CategoryId> {
        match self {
            Self::Alert(alert) => alert.category.as_ref(),
            Self::Approval(approval) => Some(&approval.if_agreed.category),
            Self::Match(_) => None,
        }
    }

    /// The person it is about, by place in the enquiry.
    pub const fn subject(&self) -> &SubjectId {
        match self {
            Self::Alert(alert) => &alert.subject,
            Self::Approval(approval) => &approval.if_agreed.subject,
            Self::Match(question) => &question.subject,
        }
    }
}

/// Records that would leave if all agree.
pub(super) fn records(task: &Task) -> usize {
    match &task.subject {
        TaskSubject::Approval(approval) => approval.if_agreed.items.len(),
        TaskSubject::Alert(_) | TaskSubject::Match(_) => 0,
    }
}
