//! A page of counters for Prometheus to read.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::TcpListener;

/// The text of the page, as its owner last wrote it.
pub type Page = Rc<RefCell<String>>;

/// Serves the page at any path until the runtime ends. Must be called on a `LocalSet`.
///
/// # Errors
/// When the address cannot be listened at.
pub async fn serve_page(address: SocketAddr, page: Page) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let own = listener.local_addr()?;
    tokio::task::spawn_local(async move {
        loop {
            // A connection that cannot be taken is the reader's to try again.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            };
            let page = Rc::clone(&page);
            let answer = service_fn(move |_: Request<Incoming>| {
                let text = page.borrow().clone();
                async move { Ok::<_, Infallible>(response(text)) }
            });
            tokio::task::spawn_local(async move {
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer);
                // What a reader of counters does wrong is its own affair.
                let _ = connection.await;
            });
        }
    });
    Ok(own)
}

fn response(text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    let kind = hyper::header::HeaderValue::from_static("text/plain; version=0.0.4");
    let headers = response.headers_mut();
    headers.insert(hyper::header::CONTENT_TYPE, kind);
    response
}
