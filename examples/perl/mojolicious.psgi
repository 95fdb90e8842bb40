# Mojolicious (Debian: libmojolicious-perl): npx starlight --preload-app examples/perl/mojolicious.psgi
use Mojolicious::Lite -signatures;

get '/' => sub ($c) { $c->render(text => "Hello from Mojolicious\n") };
get '/json' => sub ($c) { $c->render(json => { answer => 42 }) };
post '/echo' => sub ($c) { $c->render(text => $c->req->body) };

# PSGI servers are recognised by the environment that they set; this says it in so many words.
app->start('psgi');
