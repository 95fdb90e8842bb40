import router from '@adonisjs/core/services/router'

router.get('/', () => 'It works!')
router.get('/json', ({ request }) => ({ hello: 'world', query: request.qs() }))
router.post('/json', ({ request, response }) => response.status(201).send(request.body()))
