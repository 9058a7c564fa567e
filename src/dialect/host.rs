//! What a template sees of the world.

use super::value::Value;

/// Gives the names and functions of a template.
pub(crate) trait Host {
    /// A variable as it is in the data; `None` where there is none of this name.
    fn json(&self, name: &str) -> Option<&serde_json::Value>;

    /// A variable as a value of JavaScript.
    fn variable(&self, name: &str) -> Option<Value> {
        self.json(name).map(Value::from)
    }

    fn has_function(&self, name: &str) -> bool;

    /// Call a function with values by position and by name.
    fn call(
        &self,
        name: &str,
        values: &[Value],
        named: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<String, String>;

    /// A number below another one, at random.
    fn draw(&self, below: usize) -> usize;
}
