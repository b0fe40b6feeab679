//! Failures as the API reports them: a Status.

use super::resources::Resource;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub struct Refusal {
    code: StatusCode,
    reason: &'static str,
    message: String,
    details: Value,
}

impl Refusal {
    pub fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.qualified());
        Self {
            code: StatusCode::NOT_FOUND,
            reason: "NotFound",
            message,
            details: details(resource, name),
        }
    }

    pub fn conflict(resource: &Resource, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; \
             please apply your changes to the latest version and try again",
            resource.qualified()
        );
        Self {
            code: StatusCode::CONFLICT,
            reason: "Conflict",
            message,
            details: details(resource, name),
        }
    }

    pub fn bad_request(message: String) -> Self {
        Self {
            code: StatusCode::BAD_REQUEST,
            reason: "BadRequest",
            message,
            details: json!({}),
        }
    }

    pub fn unsupported_media_type(message: String) -> Self {
        let code = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self {
            code,
            reason: "UnsupportedMediaType",
            message,
            details: json!({}),
        }
    }

    pub fn method_not_allowed(message: String) -> Self {
        let code = StatusCode::METHOD_NOT_ALLOWED;
        Self {
            code,
            reason: "MethodNotAllowed",
            message,
            details: json!({}),
        }
    }

    pub fn too_many_requests(message: &str, cause: Value) -> Self {
        let (code, message) = (StatusCode::TOO_MANY_REQUESTS, message.to_owned());
        Self {
            code,
            reason: "TooManyRequests",
            message,
            details: json!({"causes": [cause]}),
        }
    }

    pub fn several_budgets() -> Self {
        let what = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        Self {
            code: StatusCode::INTERNAL_SERVER_ERROR,
            reason: "InternalError",
            message: format!("Internal error occurred: {what}"),
            details: json!({"causes": [{"message": what}]}),
        }
    }
}

fn details(resource: &Resource, name: &str) -> Value {
    let mut details = json!({"name": name, "kind": resource.plural});
    if !resource.group.is_empty() {
        details["group"] = json!(resource.group);
    }
    details
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code.as_u16(),
        });
        (
            self.code,
            [(header::CONTENT_TYPE, "application/json")],
            status.to_string(),
        )
            .into_response()
    }
}
