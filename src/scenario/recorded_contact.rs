//! What a record says of a contact beside its time, and is then not drawn.

use crate::id::IntentId;

/// What is recorded of a contact; what is not is drawn from the laws of its intent and
/// channel, under the keys that it would have without a record.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordedContact {
    /// What the customer wanted.
    pub intent: Option<IntentId>,
    /// Work of its agent, seconds, as it was: factors of tiers do not apply.
    pub work_s: Option<f64>,
    /// Work after the contact, seconds.
    pub wrap_up_s: Option<f64>,
    /// The time after which the customer left, seconds: the patience itself.
    pub patience_s: Option<f64>,
    /// The time for which the customer waited and was served, seconds: the patience is
    /// longer, and drawn given that it is.
    pub waited_s: f64,
}
