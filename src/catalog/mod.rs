//! What is known of models: prices, context windows, what they support and when they are shut down. From a table of a maintained
//! public source, which says its version and date; the user can replace it, and the project overrides it.

mod entry;
mod litellm;
mod model_facts;
mod price_file;
mod providers;
mod shutdown;
mod surcharge;
mod table;

pub use entry::{ModelEntry, ModelFeatures};
pub(crate) use model_facts::has_price;
pub use model_facts::{FactsMatch, ModelFacts, facts, price, unknown_base_model};
pub use price_file::{PriceFile, PriceFileError};
pub use shutdown::{is_shutdown_near, shutdown_words};
pub use table::{FactsSource, ModelTable};
