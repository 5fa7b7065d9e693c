//! The URL of a connection that resumes.

use std::fmt::Write;

/// `url` with the query parameter `name` set to `cursor`, any value there replaced; path, other parameters and
/// fragment stay as they are, to the byte.
pub(crate) fn with_cursor(url: &str, name: &str, cursor: &str) -> String {
    let (url, fragment) =
        url.split_once('#').map_or((url, None), |(url, fragment)| (url, Some(fragment)));
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut encoded_name = String::with_capacity(name.len());
    percent_encode(name, &mut encoded_name);

    let mut resumed = String::with_capacity(url.len() + name.len() + cursor.len() + 2);
    resumed.push_str(path);
    resumed.push('?');
    let others = query.split('&').filter(|pair| {
        let key = pair.split_once('=').map_or(*pair, |(key, _)| key);
        !pair.is_empty() && key != name && key != encoded_name
    });
    for pair in others {
        resumed.push_str(pair);
        resumed.push('&');
    }
    resumed.push_str(&encoded_name);
    resumed.push('=');
    percent_encode(cursor, &mut resumed);
    if let Some(fragment) = fragment {
        resumed.push('#');
        resumed.push_str(fragment);
    }
    resumed
}

/// Everything but RFC 3986's unreserved characters is escaped.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_cursor;

    #[test]
    fn the_cursor_is_added_to_a_bare_url() {
        assert_eq!(with_cursor("/events", "lastEventId", "a1-7"), "/events?lastEventId=a1-7");
    }

    #[test]
    fn other_parameters_and_the_fragment_stay() {
        assert_eq!(
            with_cursor("https://a.example/e?topics=x,y&sig=%2F+#top", "since", "9"),
            "https://a.example/e?topics=x,y&sig=%2F+&since=9#top"
        );
    }

    #[test]
    fn an_older_cursor_is_replaced() {
        assert_eq!(with_cursor("/e?since=1&a=2", "since", "3"), "/e?a=2&since=3");
        assert_eq!(with_cursor("/e?since", "since", "3"), "/e?since=3");
    }

    #[test]
    fn what_could_end_a_parameter_is_escaped() {
        assert_eq!(with_cursor("/e", "id", "a&b=c#d e+ü%"), "/e?id=a%26b%3Dc%23d%20e%2B%C3%BC%25");
    }

    #[test]
    fn an_empty_query_leaves_no_stray_ampersand() {
        assert_eq!(with_cursor("/e?", "id", "1"), "/e?id=1");
    }
}
