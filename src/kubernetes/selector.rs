use super::api::Selector;
use std::collections::BTreeMap;

impl Selector {
    /// Whether an object with these labels is meant. An operator that the API does not have fits nothing.
    pub fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        let equal = |(key, value): (&String, &String)| labels.get(key) == Some(value);
        self.match_labels.iter().all(equal)
            && self.match_expressions.iter().all(|expression| {
                let value = labels.get(&expression.key);
                let among = value.is_some_and(|value| expression.values.contains(value));
                match expression.operator.as_str() {
                    "In" => among,
                    "NotIn" => !among,
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    _ => false,
                }
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fits(selector: &str, labels: &str) -> bool {
        let selector: Selector = serde_json::from_str(selector).unwrap();
        selector.fits(&serde_json::from_str(labels).unwrap())
    }

    #[test]
    fn labels_and_expressions_must_all_fit() {
        let labels = r#"{"app":"db","tier":"back"}"#;
        assert!(fits("{}", labels));
        assert!(fits(r#"{"matchLabels":{"app":"db"}}"#, labels));
        assert!(!fits(r#"{"matchLabels":{"app":"db","tier":"front"}}"#, labels));
        let expression = |rest: &str| fits(&format!(r#"{{"matchExpressions":[{{"key":"app",{rest}}}]}}"#), labels);
        assert!(expression(r#""operator":"In","values":["db","web"]"#));
        assert!(!expression(r#""operator":"NotIn","values":["db"]"#));
        assert!(expression(r#""operator":"Exists""#));
        assert!(!expression(r#""operator":"DoesNotExist""#));
        assert!(!expression(r#""operator":"Gt","values":["1"]"#));
    }
}
