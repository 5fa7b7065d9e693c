//! Topics.

/// What a reader can ask for by `?topics=`; each topic counts its own sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Replayed daily prices.
    Quotes,
    /// Headlines computed from them.
    News,
    /// Replayed daily weather.
    Weather,
    /// How busy the server's machine is, and how the server fares.
    Metrics,
    /// The server's log, its standard input, and the output of commands that it runs.
    Logs,
    /// Jobs and how far they are.
    Tasks,
    /// What is said.
    Chat,
    /// What somebody should know.
    Notify,
}

impl Topic {
    /// Every topic there is.
    pub const ALL: [Self; 8] = [
        Self::Quotes,
        Self::News,
        Self::Weather,
        Self::Metrics,
        Self::Logs,
        Self::Tasks,
        Self::Chat,
        Self::Notify,
    ];

    /// The name in `?topics=`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quotes => "quotes",
            Self::News => "news",
            Self::Weather => "weather",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Tasks => "tasks",
            Self::Chat => "chat",
            Self::Notify => "notify",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
