//! The paths that are served.

use super::{
    discovery, eviction, patch,
    refusal::Refusal,
    resources::{ALL, Resource},
    selector,
    state::Shared,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, patch as patch_route, post},
};
use serde_json::{Value, json};
use std::collections::HashMap;

type Words = HashMap<String, String>;

pub fn router(state: Shared) -> Router {
    let mut router = Router::new()
        .route("/version", get(async || Json(discovery::version())))
        .route("/api", get(async || Json(discovery::core_versions())))
        .route("/apis", get(async || Json(discovery::groups())))
        .route("/{check}", get(health))
        .route("/api/v1/nodes/{name}", patch_route(patch_node))
        .route("/api/v1/namespaces/{namespace}/pods/{name}/eviction", post(evict));
    for group_version in ["v1", "apps/v1", "policy/v1", "policy/v1beta1"] {
        let root = if group_version == "v1" { "/api" } else { "/apis" };
        let answer = async move || Json(discovery::resources(group_version));
        router = router.route(&format!("{root}/{group_version}"), get(answer));
    }
    for resource in ALL {
        for version in resource.versions {
            router = read(router, resource, version);
        }
    }
    router
        .fallback(async || (StatusCode::NOT_FOUND, "404 page not found\n"))
        .layer(middleware::from_fn_with_state(state.clone(), note))
        .with_state(state)
}

/// The routes that get and list a resource.
fn read(router: Router<Shared>, resource: &'static Resource, version: &'static str) -> Router<Shared> {
    let (root, plural) = (resource.root(version), resource.plural);
    let one =
        async move |State(state): State<Shared>, Path(path): Path<Words>| object(&state, resource, version, &path);
    let list = async move |State(state): State<Shared>, Path(path): Path<Words>, Query(query): Query<Words>| {
        objects(&state, resource, version, &path, &query)
    };
    let router = router.route(&format!("{root}/{plural}"), get(list));
    if resource.namespaced {
        let inside = format!("{root}/namespaces/{{namespace}}/{plural}");
        router
            .route(&inside, get(list))
            .route(&format!("{inside}/{{name}}"), get(one))
    } else {
        router.route(&format!("{root}/{plural}/{{name}}"), get(one))
    }
}

async fn note(State(state): State<Shared>, request: Request, next: Next) -> Response {
    state
        .lock()
        .requests
        .push(format!("{} {}", request.method(), request.uri().path()));
    next.run(request).await
}

async fn health(State(state): State<Shared>, Path(check): Path<String>, Query(query): Query<Words>) -> Response {
    if !["readyz", "livez", "healthz"].contains(&check.as_str()) {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    let list = |etcd: &str, passed: &str| format!("[+]ping ok\n[+]log ok\n{etcd}\n{check} check {passed}\n");
    if !state.lock().healthy {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            list("[-]etcd failed: reason withheld", "failed"),
        )
            .into_response()
    } else if query.contains_key("verbose") {
        list("[+]etcd ok", "passed").into_response()
    } else {
        "ok".into_response()
    }
}

fn object(state: &Shared, resource: &Resource, version: &str, path: &Words) -> Result<Json<Value>, Refusal> {
    let namespace = path.get("namespace").map_or("", String::as_str);
    let object = state.lock().get(resource, namespace, &path["name"]);
    let mut object = object.ok_or_else(|| Refusal::not_found(resource, &path["name"]))?;
    object["apiVersion"] = json!(resource.api_version(version));
    Ok(Json(object))
}

fn objects(
    state: &Shared,
    resource: &Resource,
    version: &str,
    path: &Words,
    query: &Words,
) -> Result<Json<Value>, Refusal> {
    if query.get("watch").is_some_and(|watch| watch != "false" && watch != "0") {
        return Err(Refusal::method_not_allowed("the stand-in does not watch".into()));
    }
    let (mut items, revision) = {
        let state = state.lock();
        (
            state.list(resource, path.get("namespace").map(String::as_str)),
            state.revision(),
        )
    };
    let selected_by = |kind: &str| query.get(kind).map_or("", String::as_str);
    selector::by_labels(&mut items, selected_by("labelSelector"))?;
    selector::by_fields(&mut items, selected_by("fieldSelector"), resource)?;
    let api_version = resource.api_version(version);
    for item in &mut items {
        item["apiVersion"] = json!(api_version);
    }
    Ok(Json(json!({
        "apiVersion": api_version,
        "kind": format!("{}List", resource.kind),
        "metadata": {"resourceVersion": revision},
        "items": items,
    })))
}

async fn patch_node(
    State(state): State<Shared>,
    Path(name): Path<String>,
    Query(query): Query<Words>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    patch::patch_node(&mut state.lock(), &name, kind, &body, query.contains_key("dryRun")).map(Json)
}

async fn evict(
    State(state): State<Shared>,
    Path((namespace, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<impl IntoResponse, Refusal> {
    let body = serde_json::from_slice(&body).map_err(|error| Refusal::bad_request(error.to_string()))?;
    eviction::evict(&mut state.lock(), &namespace, &name, &body)?;
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok((StatusCode::CREATED, Json(status)))
}
