# Dancer2 (Debian: libdancer2-perl): npx starlight --preload-app examples/perl/dancer2.psgi
package Greeting;
use Dancer2;

get '/'            => sub { "Hello from Dancer2\n" };
get '/hello/:name' => sub { 'Hello ' . route_parameters->get('name') . "\n" };
post '/sum'        => sub {
    my @numbers = body_parameters->get_all('n');
    my $sum     = 0;
    $sum += $_ for @numbers;
    return "$sum\n";
};

Greeting->to_app;
