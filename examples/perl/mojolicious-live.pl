# Mojolicious in its own event loop (Debian: libmojolicious-perl): hypnotoad -f examples/perl/mojolicious-live.pl
use Mojolicious::Lite -signatures;

get '/later' => sub ($c) {
    $c->render_later;
    Mojo::IOLoop->timer(0.05 => sub { $c->render(text => "later\n") });
};
websocket '/echo' => sub ($c) { $c->on(message => sub ($c, $text) { $c->send("You said $text") }) };

app->config(hypnotoad => { listen => [$ENV{LISTEN} || 'http://127.0.0.1:8080'], workers => 2 });
app->start;
