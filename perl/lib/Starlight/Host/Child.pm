package Starlight::Host::Child;

# A process that serves: it answers one request at a time, until Starlight ends its socket or it has said that it leaves.
use strict;
use warnings;
use Errno ();
use POSIX ();
use Starlight::Host::App ();
use Starlight::Host::Channel ();
use Starlight::Host::Connection ();
use Starlight::Host::Errors ();
use Starlight::Host::Exchange ();
use Starlight::Host::Frames;
use Starlight::Host::Name ();
use Starlight::Host::State ();

my @at_end;    # what is to be done when this child has answered its last request

# `$given`: number, by which Starlight knows it; app, or builder, which loads it; settings; channel, which is the zygote's;
# child_exit, called as Starlet's.
sub new {
    my ($class, $given) = @_;
    my $name = $0;
    Starlight::Host::Name::title('starlight perl child');
    Starlight::Host::Errors::take_over();
    srand;
    my $self = bless { pid => $$, requests => 0, state => 'waiting' }, $class;
    $self->{$_} = $given->{$_} for qw(number settings child_exit);
    $SIG{TERM} = sub { $self->{wants_end} = 1 };
    # Not 'IGNORE', which programs that the application starts would inherit.
    $SIG{PIPE} = sub { };
    $self->{app} = $self->load(@$given{qw(app builder channel)});
    my $file = Starlight::Host::App::look();
    Starlight::Host::Name::name(defined $file ? $file : $name);
    $given->{channel}->close;
    my ($max, $min, $path, $token) = @{ $self->{settings} }{qw(max min sock token)};
    $self->{budget} = $max ? $max - int(($max - ($min || $max) + 1) * rand) : 0;
    unless ($self->{line} = Starlight::Host::Connection->new($path)) {
        # It has ended meanwhile, as it does at each stop and reload: there is nobody to serve, and nothing to complain of.
        exit 0 if $!{ECONNREFUSED} || $!{ENOENT} || $!{ECONNRESET};
        die "Cannot reach Starlight: $!\n";
    }
    $self->{line}->send(FRAME_HELLO, 0, pack 'N N a*', $self->{number}, $$, $token);
    return $self;
}

sub load {
    my ($self, $app, $builder, $channel) = @_;
    my $is_loaded = defined $app || eval { $app = Starlight::Host::App::check($builder->()); 1 };
    $self->leave_copy(0) if $$ != $self->{pid};
    return $app if $is_loaded;
    $channel->tell('broken ' . Starlight::Host::Channel::escaped($@));
    POSIX::_exit(1);
}

# The only place where the state changes.
sub enter {
    my ($self, $event) = @_;
    $self->{state} = $Starlight::Host::State::NEXT{ $self->{state} }{$event}
        || die "Cannot apply \"$event\" to a child: it is \"$self->{state}\"\n";
}

sub serve {
    my ($self) = @_;
    my @shared = shared_env();
    until ($self->{state} eq 'left') {
        my ($type, $payload, $request) = $self->next_frame or last;
        # What else comes is late.
        next unless $type eq FRAME_REQUEST;
        $self->enter('request');
        $self->{requests}++;
        my $exchange = $self->{exchange} = Starlight::Host::Exchange->new($self, $request);
        $exchange->run($payload, \@shared);
    }
    $self->{line}->close;
}

# What every env has.
sub shared_env {
    return (
        SCRIPT_NAME            => '',
        'psgi.version'         => [1, 1],
        'psgi.errors'          => *STDERR,
        'psgi.multithread'     => !!0,
        'psgi.multiprocess'    => !!1,
        'psgi.run_once'        => !!0,
        'psgi.nonblocking'     => !!0,
        'psgi.streaming'       => !!1,
        'psgix.input.buffered' => !!1,
        'psgix.harakiri'       => !!1,
        'psgix.cleanup'        => !!1,
        'psgix.logger'         => \&log_message,
        'psgix.starlight.shutdown.handlers' => \@at_end,
    );
}

sub log_message {
    my ($given) = @_;
    my ($level) = (defined $given->{level} ? $given->{level} : '') =~ /\A([a-z]{1,9})\z/;
    Starlight::Host::Errors::entry(defined $level ? $level : 'info', $given->{message});
}

# Whether it wants no further request.
sub is_spent {
    my ($self) = @_;
    return $self->{wants_end} ||= $self->{budget} && $self->{requests} >= $self->{budget};
}

# The next frame about the present request, or with a new one. Nothing at the end of the socket.
sub next_frame {
    my ($self) = @_;
    my $line = $self->{line};
    while (1) {
        while (length $line->{text} and my ($type, $payload, $request) = $line->frame) {
            return ($type, $payload, $request) if $type eq FRAME_REQUEST || $self->takes($type, $payload, $request);
        }
        $self->leave_copy(0) if $$ != $self->{pid};
        # TERM: a request may be on its way already, so Starlight has to end the socket.
        $line->send(FRAME_LEAVE, 0, '') if $self->{wants_end} && !$self->{has_asked}++;
        my $count = $line->receive;
        return if defined $count && !$count;
    }
}

# Whether a frame is about the present request; of others only one means something.
sub takes {
    my ($self, $type, $payload, $request) = @_;
    return 1 if $self->{exchange} && $request == $self->{exchange}{request};
    Starlight::Host::Errors::reopen($$payload) if $type eq FRAME_LOG;
    return 0;
}

# END blocks of an application that is preloaded are the zygote's, too: this is of children alone.
sub leave {
    my ($self) = @_;
    for my $handler (@at_end, $self->{child_exit} || ()) {
        eval { $handler->(); 1 } or Starlight::Host::Errors::entry(error => "The application failed at the end of the Perl child $$: $@");
        $self->leave_copy(0) if $$ != $self->{pid};
    }
}

# A copy of this process, which the application forked and let return. END blocks and destructors are the child's.
sub leave_copy {
    my (undef, $code) = @_;
    POSIX::_exit($code || 0);
}

1;
